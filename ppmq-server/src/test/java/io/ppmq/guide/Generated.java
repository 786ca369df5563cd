package io.ppmq.guide;

import io.ppmq.config.ConfigKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The generated parts of the guide: the reference of the configuration keys, from the same texts as
 * the manual page, and programs of the repository.
 */
final class Generated {
  private static final Pattern INCLUDE =
      Pattern.compile("(<!-- include=(\\S+) -->\n```\\w+\n)(.*?)(```\n)", Pattern.DOTALL);
  private static final Pattern KEYS =
      Pattern.compile("(<!-- keys: begin -->\n)(.*?)(<!-- keys: end -->\n)", Pattern.DOTALL);

  private Generated() {}

  /** The text of a page with newly generated parts. */
  static String again(String page, Path repository) throws IOException {
    String text =
        KEYS.matcher(page)
            .replaceAll(keys -> quoted(keys.group(1) + "\n" + keys() + keys.group(3)));
    StringBuilder result = new StringBuilder();
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String file = Files.readString(repository.resolve(include.group(2)));
      include.appendReplacement(result, quoted(include.group(1) + file + include.group(4)));
    }
    return include.appendTail(result).toString();
  }

  private static String quoted(String text) {
    return Matcher.quoteReplacement(text);
  }

  private static String keys() {
    StringBuilder text = new StringBuilder();
    for (ConfigKeys.Place place : ConfigKeys.places()) {
      String name = place.name();
      text.append("## ").append(name.substring(0, 1).toUpperCase(Locale.ROOT));
      text.append(name.substring(1)).append("\n\n| key | meaning |\n|---|---|\n");
      place
          .keys()
          .forEach(
              (key, help) ->
                  text.append("| `")
                      .append(key)
                      .append("` | ")
                      .append(help.replace("|", "\\|"))
                      .append(" |\n"));
      text.append('\n');
    }
    return text.append("## Example\n\n```yaml\n")
        .append(ConfigKeys.EXAMPLE)
        .append("```\n\n")
        .toString();
  }
}
