const maxLength = 80

/** What a conversation is called: the first words of its first question. They are the asker's own, so nobody else's rights bear on them. */
export function titleOf(question: string): string {
  const line = question.trim().replaceAll(/\s+/g, ' ')
  if (line.length <= maxLength) return line
  const cut = line.slice(0, maxLength)
  const end = cut.lastIndexOf(' ')
  return `${cut.slice(0, end > maxLength / 2 ? end : maxLength).replace(/[\uD800-\uDBFF]$/, '')}…`
}
