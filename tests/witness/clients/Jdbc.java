import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What a JDBC driver does against the Redshift stand-in; each outcome is a line of JSON. Argument: the URL's scheme. */
public class Jdbc {
  interface Body { Object run() throws Exception; }

  static String client, version;
  static Connection connection;

  static void tell(String what, String result, String said) {
    String[] parts = {client, version, what, result, said.length() > 400 ? said.substring(0, 400) : said};
    String[] names = {"client", "version", "what", "result", "said"};
    StringBuilder line = new StringBuilder("{");
    for (int i = 0; i < names.length; i++) {
      String text = parts[i].replaceAll("\\s+", " ").replace("\\", "\\\\").replace("\"", "\\\"");
      line.append(i > 0 ? ", " : "").append('"').append(names[i]).append("\": \"").append(text).append('"');
    }
    System.out.println(line.append('}'));
  }

  static void passes(String what, Body body, Object expected) {
    try {
      String seen = String.valueOf(body.run());
      boolean same = seen.equals(String.valueOf(expected));
      tell(what, same ? "passed" : "failed", same ? "" : seen + ", expected " + expected);
    } catch (Throwable error) {
      tell(what, "failed", (error instanceof SQLException s ? s.getSQLState() + " " : "") + error);
    }
  }

  static void refuses(String what, Body body, String state, String words) {
    try {
      tell(what, "failed", "not refused: " + body.run());
    } catch (SQLException error) {
      String said = String.valueOf(error.getMessage());
      boolean named = state.equals(error.getSQLState()) && said.contains(words) && !said.contains("DuckDB");
      tell(what, named ? "refused by name" : "failed", named ? state + " " + words : error.getSQLState() + " " + said);
    } catch (Throwable error) {
      tell(what, "failed", error.toString());
    }
  }

  static List<List<Object>> rows(ResultSet result) throws SQLException {
    List<List<Object>> rows = new ArrayList<>();
    int width = result.getMetaData().getColumnCount();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= width; i++) row.add(result.getObject(i));
      rows.add(row);
    }
    return rows;
  }

  static String named(ResultSet result, String... columns) throws SQLException {
    List<String> rows = new ArrayList<>();
    while (result.next()) {
      List<String> row = new ArrayList<>();
      for (String column : columns) row.add(result.getString(column));
      rows.add(String.join(" ", row));
    }
    return String.join("; ", rows);
  }

  static <T> T inTransaction(java.util.concurrent.Callable<T> body) throws Exception {
    connection.setAutoCommit(false);
    try {
      return body.call();
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environ = System.getenv();
    Properties options = new Properties();
    options.put("user", environ.get("PGUSER"));
    options.put("password", environ.get("PGPASSWORD"));
    options.put("ssl", "true");
    options.put("sslmode", "verify-full");
    options.put("sslrootcert", environ.get("PGSSLROOTCERT"));
    String place = environ.get("PGHOST") + ":" + environ.get("PGPORT") + "/" + environ.get("PGDATABASE");
    connection = DriverManager.getConnection("jdbc:" + arguments[0] + "://" + place, options);
    DatabaseMetaData metadata = connection.getMetaData();
    client = metadata.getDriverName();
    version = metadata.getDriverVersion();
    boolean amazon = arguments[0].equals("redshift");
    String j = "j_" + arguments[0];
    Statement statement = connection.createStatement();
    Timestamp at = Timestamp.valueOf("2024-01-02 03:04:05.678");
    Date day = Date.valueOf("2024-02-29");

    passes("executeUpdate of CREATE TABLE", () -> statement.executeUpdate("CREATE TABLE " + j + " (id integer NOT NULL "
        + "PRIMARY KEY, name varchar(30), price decimal(10,2), at timestamp, day date, ok boolean, f float8, h bigint, "
        + "c char(5))"), 0);
    passes("PreparedStatement of every type", () -> {
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + j + " VALUES (?,?,?,?,?,?,?,?,?)")) {
        insert.setInt(1, 1); insert.setString(2, "\u00fc'\\"); insert.setBigDecimal(3, new BigDecimal("-12.50"));
        insert.setTimestamp(4, at); insert.setDate(5, day); insert.setBoolean(6, true); insert.setDouble(7, 0.1);
        insert.setLong(8, 1L << 40); insert.setString(9, "ab");
        return insert.executeUpdate();
      }
    }, 1);
    passes("setNull of every type", () -> {
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + j + " VALUES (?,?,?,?,?,?,?,?,?)")) {
        int[] types = {Types.INTEGER, Types.VARCHAR, Types.NUMERIC, Types.TIMESTAMP, Types.DATE, Types.BOOLEAN,
            Types.DOUBLE, Types.BIGINT, Types.CHAR};
        insert.setInt(1, 2);
        for (int i = 2; i <= 9; i++) insert.setNull(i, types[i - 1]);
        return insert.executeUpdate();
      }
    }, 1);
    passes("executeBatch, prepared", () -> {
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + j + "(id, name, price) VALUES (?,?,?)")) {
        for (int i = 3; i < 103; i++) {
          insert.setInt(1, i); insert.setString(2, "n" + i); insert.setBigDecimal(3, BigDecimal.valueOf(i, 1));
          insert.addBatch();
        }
        return Arrays.stream(insert.executeBatch()).sum();
      }
    }, 100);
    passes("executeBatch, of texts", () -> {
      statement.addBatch("UPDATE " + j + " SET name = 'x' WHERE id = 3");
      statement.addBatch("DELETE FROM " + j + " WHERE id IN (4, 5)");
      return Arrays.toString(statement.executeBatch());
    }, "[1, 2]");
    String all = "[[1, \u00fc'\\, -12.50, 2024-01-02 03:04:05.678, 2024-02-29, true, 0.1, 1099511627776, ab   ], "
        + "[2, null, null, null, null, null, null, null, null]]";
    passes("values", () -> rows(statement.executeQuery("SELECT * FROM " + j + " WHERE id < 3 ORDER BY id")), all);
    passes("values after nine executions, in binary", () -> {
      try (PreparedStatement query = connection.prepareStatement("SELECT * FROM " + j + " WHERE id < ? ORDER BY id")) {
        query.setInt(1, 3);
        for (int i = 0; i < 8; i++) rows(query.executeQuery());
        return rows(query.executeQuery());
      }
    }, all);
    passes("BETWEEN, LIKE, LIMIT with parameters", () -> {
      try (PreparedStatement query = connection.prepareStatement(
          "SELECT id FROM " + j + " WHERE price BETWEEN ? AND ? AND name LIKE ? ORDER BY id LIMIT ?")) {
        query.setBigDecimal(1, new BigDecimal("1")); query.setBigDecimal(2, new BigDecimal("2.5"));
        query.setString(3, "n%"); query.setInt(4, 2);
        return rows(query.executeQuery());
      }
    }, "[[10], [11]]");
    passes("getParameterMetaData", () -> {
      try (PreparedStatement query = connection.prepareStatement("SELECT id FROM " + j + " WHERE price > ? AND day = ?")) {
        ParameterMetaData types = query.getParameterMetaData();
        return types.getParameterTypeName(1) + " " + types.getParameterTypeName(2);
      }
    }, "numeric date");
    passes("getMetaData of a result", () -> {
      try (PreparedStatement query = connection.prepareStatement("SELECT id, price, name, at FROM " + j)) {
        ResultSetMetaData types = query.getMetaData();
        List<String> found = new ArrayList<>();
        for (int i = 1; i <= types.getColumnCount(); i++)
          found.add(types.getColumnName(i) + " " + types.getColumnTypeName(i) + " " + types.getPrecision(i) + " " + types.getScale(i));
        return found;
      }
    }, "[id int4 10 0, price numeric 10 2, name varchar 30 0, at timestamp 29 6]");
    passes("setFetchSize, with a query between", () -> inTransaction(() -> {
      try (Statement query = connection.createStatement()) {
        query.setFetchSize(7);
        ResultSet result = query.executeQuery("SELECT id FROM " + j + " ORDER BY id");
        int sum = 0, count = 0;
        while (result.next()) {
          sum += result.getInt(1);
          if (++count == 10) try (Statement other = connection.createStatement()) { rows(other.executeQuery("SELECT 1")); }
        }
        return count + " " + sum;
      }
    }), "100 5244");
    passes("setMaxRows", () -> {
      try (Statement query = connection.createStatement()) {
        query.setMaxRows(3);
        return rows(query.executeQuery("SELECT id FROM " + j + " ORDER BY id")).size();
      }
    }, 3);
    passes("rollback", () -> {
      inTransaction(() -> statement.executeUpdate("DELETE FROM " + j));
      return rows(statement.executeQuery("SELECT count(*) FROM " + j));
    }, "[[100]]");
    passes("isValid", () -> connection.isValid(5), true);
    passes("getTables", () -> named(metadata.getTables(null, "public", j, new String[] {"TABLE"}), "TABLE_SCHEM",
        "TABLE_NAME", "TABLE_TYPE"), "public " + j + " TABLE");
    passes("getCatalogs", () -> rows(metadata.getCatalogs()), "[[dev]]");
    passes("getSchemas", () -> named(metadata.getSchemas(), "TABLE_SCHEM").contains("public"), true);
    passes("getTypeInfo", () -> named(metadata.getTypeInfo(), "TYPE_NAME").contains("int8"), true);
    passes("getImportedKeys", () -> rows(metadata.getImportedKeys(null, "public", j)), "[]");
    Body columns = () -> named(metadata.getColumns(null, "public", j, "%"), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE");
    Body keys = () -> named(metadata.getPrimaryKeys(null, "public", j), "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
    if (amazon) {
      passes("getColumns", columns, "id int4 10 NO; name varchar 30 YES; price numeric 10 YES; at timestamp 29 YES; "
          + "day date 13 YES; ok bool 1 YES; f float8 17 YES; h int8 19 YES; c bpchar 5 YES");
      passes("getPrimaryKeys", keys, "id 1 " + j + "_pkey");
      passes("getSchema", () -> connection.getSchema(), "public");
      refuses("getProcedures", () -> metadata.getProcedures(null, null, "%"), "0A000", "not rehearsable: relation pg_catalog.pg_proc_info");
      refuses("getFunctions", () -> metadata.getFunctions(null, null, "%"), "0A000", "not rehearsable: relation information_schema.routines");
    } else {
      String words = "column \"current_catalog\" does not exist";
      refuses("getColumns", columns, "42703", words);
      refuses("getPrimaryKeys", keys, "42703", words);
      refuses("getProcedures", () -> metadata.getProcedures(null, null, "%"), "0A000", "not rehearsable: relation pg_catalog.pg_proc");
      refuses("RETURN_GENERATED_KEYS", () -> connection.prepareStatement("INSERT INTO " + j + "(id) VALUES (999)",
          Statement.RETURN_GENERATED_KEYS).executeUpdate(), "42601", "syntax error at or near \"RETURNING\"");
    }
    refuses("unknown column", () -> statement.executeQuery("SELECT nope FROM " + j), "42703", "column \"nope\" does not exist");
    refuses("setSavepoint", () -> inTransaction(() -> connection.setSavepoint("a")), "0A000", "SQL command \"SAVEPOINT");
    refuses("COPY FROM STDIN", () -> statement.executeUpdate("COPY " + j + " FROM STDIN"), "42601", "at or near \"STDIN\"");
    String slow = "SELECT count(*) FROM " + String.join(", ", j + " a", j + " b", j + " c", j + " d", j + " e");
    refuses("setQueryTimeout", () -> {
      try (Statement query = connection.createStatement()) { query.setQueryTimeout(1); return rows(query.executeQuery(slow)); }
    }, "57014", "Query cancelled on user's request");
    refuses("cancel", () -> {
      try (Statement query = connection.createStatement()) {
        Thread canceller = new Thread(() -> {
          try { Thread.sleep(700); query.cancel(); } catch (Exception error) { throw new IllegalStateException(error); }
        });
        canceller.start();
        return rows(query.executeQuery(slow));
      }
    }, "57014", "Query cancelled on user's request");
    passes("a query after that", () -> rows(statement.executeQuery("SELECT 1")), "[[1]]");
    connection.close();
  }
}
