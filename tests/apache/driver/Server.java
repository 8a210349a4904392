import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The driver's commands one after the other in one JVM, as starting one takes longer than most of them. A line of standard
 * input is a number, a file for what the command prints, a file for what it says of errors, and the command with its options,
 * all separated by tabs; the line that answers it is its number and its exit code. Ends with the input.
 */
final class Server {
    private Server() {
    }

    static void serve() throws IOException {
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t");
            int code;
            try (PrintStream out = new PrintStream(words[1], "UTF-8"); PrintStream err = new PrintStream(words[2], "UTF-8")) {
                System.setOut(out);
                System.setErr(err);
                code = Driver.command(Arrays.copyOfRange(words, 3, words.length));
            }
            answers.println(words[0] + "\t" + code);
            answers.flush();
        }
    }
}
