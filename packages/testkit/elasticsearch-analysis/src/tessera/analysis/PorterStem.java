package tessera.analysis;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;

/** {@code porter_stem}: Porter's stemmer for English. */
@NamedComponent("porter_stem")
public class PorterStem implements TokenFilterFactory {
  @Override
  public TokenStream create(TokenStream input) {
    return new PorterStemFilter(input);
  }
}
