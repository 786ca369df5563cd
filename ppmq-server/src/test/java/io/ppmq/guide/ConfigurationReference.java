package io.ppmq.guide;

import io.ppmq.config.KeyHelp;

/** The keys of the configuration file, from the texts that the manual page has too. */
final class ConfigurationReference {
  private ConfigurationReference() {}

  static String markdown() {
    StringBuilder text = new StringBuilder();
    for (KeyHelp.Place place : KeyHelp.places()) {
      String name = place.name();
      text.append("## ").append(name.substring(0, 1).toUpperCase(java.util.Locale.ROOT));
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
        .append(KeyHelp.EXAMPLE)
        .append("```\n")
        .toString();
  }
}
