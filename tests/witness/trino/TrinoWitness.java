import com.google.inject.Key;
import io.trino.metadata.HandleResolver;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.server.PluginClassLoader;
import io.trino.server.PluginManager;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.Plugin;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Trino in one process on a port of the loopback, whose address it writes to a file, until standard input ends.
 *
 * Arguments: the file, the port (0 for any free one), and folders of further plugins, each of jars of its own.
 */
public final class TrinoWitness
{
    private TrinoWitness() {}

    public static void main(String[] arguments)
            throws Exception
    {
        TestingTrinoServer server = TestingTrinoServer.builder()
                .setProperties(Map.of("http-server.http.port", arguments[1]))
                .build();
        server.installPlugin(new MemoryPlugin());
        server.createCatalog("memory", "memory", Map.of());
        for (String folder : List.of(arguments).subList(2, arguments.length)) {
            PluginClassLoader loader = PluginManager.createClassLoader(folder, jars(folder));
            // Its splits and handles travel as JSON that names their class and this loader.
            server.getInstance(Key.get(HandleResolver.class)).registerClassLoader(loader);
            for (Plugin plugin : ServiceLoader.load(Plugin.class, loader)) {
                server.installPlugin(plugin);
            }
        }
        // Standard output has become a log by now.
        Files.writeString(Path.of(arguments[0]), server.getBaseUrl().toString());
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }

    private static List<URL> jars(String folder)
            throws Exception
    {
        List<URL> found = new ArrayList<>();
        try (var files = Files.newDirectoryStream(Path.of(folder), "*.jar")) {
            for (Path file : files) {
                found.add(file.toUri().toURL());
            }
        }
        return found;
    }
}
