import io.trino.plugin.memory.MemoryPlugin;
import io.trino.server.testing.TestingTrinoServer;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Trino in one process on a free port of the loopback, whose address it writes to a file, until standard input ends. */
public final class TrinoWitness
{
    private TrinoWitness() {}

    public static void main(String[] arguments)
            throws Exception
    {
        TestingTrinoServer server = TestingTrinoServer.builder().build();
        server.installPlugin(new MemoryPlugin());
        server.createCatalog("memory", "memory", Map.of());
        // Standard output has become a log by now.
        Files.writeString(Path.of(arguments[0]), server.getBaseUrl().toString());
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }
}
