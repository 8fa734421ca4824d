/** What the folder connector reads, by extension in lower case. */
export const mediaTypes: ReadonlyMap<string, 'text/markdown' | 'text/html' | 'text/plain'> = new Map([
  ['.md', 'text/markdown'],
  ['.markdown', 'text/markdown'],
  ['.html', 'text/html'],
  ['.htm', 'text/html'],
  ['.txt', 'text/plain'],
])
