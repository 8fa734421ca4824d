package tessera.analysis;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;

/** {@code asciifolding}: "café" is found by "cafe". Folds in normalisation too, as the full distribution does. */
@NamedComponent("asciifolding")
public class AsciiFolding implements TokenFilterFactory {
  @Override
  public TokenStream create(TokenStream input) {
    return new ASCIIFoldingFilter(input);
  }

  @Override
  public TokenStream normalize(TokenStream input) {
    return new ASCIIFoldingFilter(input);
  }
}
