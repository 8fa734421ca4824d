package tessera.analysis;

import org.elasticsearch.plugin.settings.AnalysisSettings;
import org.elasticsearch.plugin.settings.StringSetting;

/** The setting of {@link Stemmer} that the full distribution has under the same name. */
@AnalysisSettings
public interface StemmerSettings {
  @StringSetting(path = "language", defaultValue = "english")
  String language();
}
