package tessera.analysis;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.elasticsearch.plugin.Inject;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;
import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.EnglishStemmer;
import org.tartarus.snowball.ext.FrenchStemmer;
import org.tartarus.snowball.ext.GermanStemmer;
import org.tartarus.snowball.ext.ItalianStemmer;
import org.tartarus.snowball.ext.PortugueseStemmer;
import org.tartarus.snowball.ext.SpanishStemmer;

/** {@code stemmer} with its {@code language}; a language that is not listed here refuses the index instead of stemming differently. */
@NamedComponent("stemmer")
public class Stemmer implements TokenFilterFactory {
  private final String language;

  @Inject
  public Stemmer(StemmerSettings settings) {
    this.language = settings.language();
    create(new org.apache.lucene.analysis.core.KeywordTokenizer());
  }

  @Override
  public TokenStream create(TokenStream input) {
    return switch (language) {
      case "english", "porter" -> new PorterStemFilter(input);
      case "light_english", "kstem" -> new KStemFilter(input);
      case "minimal_english" -> new EnglishMinimalStemFilter(input);
      case "possessive_english" -> new EnglishPossessiveFilter(input);
      default -> new SnowballFilter(input, snowball());
    };
  }

  private SnowballStemmer snowball() {
    return switch (language) {
      case "porter2" -> new EnglishStemmer();
      case "dutch" -> new DutchStemmer();
      case "french" -> new FrenchStemmer();
      case "german", "german2" -> new GermanStemmer();
      case "italian" -> new ItalianStemmer();
      case "portuguese" -> new PortugueseStemmer();
      case "spanish" -> new SpanishStemmer();
      default -> throw new IllegalArgumentException("stemmer: unknown language [" + language + "]");
    };
  }
}
