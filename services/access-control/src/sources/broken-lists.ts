import type { DocumentAccess } from '@tessera/shared/contracts/access-control/facts'
import type { FieldError } from '@tessera/shared/fault/fault'
import type { Static } from 'typebox'
import { unstorableTexts } from './unstorable-texts.ts'

type Facts = Static<typeof DocumentAccess>
type Lists = Partial<Pick<Facts, 'allow' | 'deny' | 'gates' | 'denyAgents'>>
type Rule = { list: keyof Lists; fits: (name: string) => boolean; rule: string }

const agentName = /^agent:\S{1,400}$/
const isAgent = (name: string) => name.startsWith('agent:')
const rules: readonly Rule[] = [
  { list: 'allow', fits: (name) => !isAgent(name), rule: 'must not be an agent: agents read what their users read' },
  { list: 'deny', fits: (name) => !isAgent(name), rule: 'must not be an agent: that is what denyAgents is for' },
  { list: 'gates', fits: (name) => /^(container|space):/.test(name), rule: 'must be a container or a space' },
  { list: 'denyAgents', fits: (name) => name === '*' || agentName.test(name), rule: 'must be an agent or *' },
]
const MAX_ERRORS = 100

/** What in these lists a document may not say. */
export const brokenLists = (facts: Lists, at = ''): FieldError[] =>
  rules.flatMap(({ list, fits, rule }) =>
    (facts[list] ?? []).flatMap((name, place) => (fits(name) ? [] : [{ field: `${at}/${list}/${place}`, rule }])),
  )

/** The same for several documents, each of which may stand there once; at most the first hundred errors. */
export function brokenDocuments(documents: readonly Facts[]): FieldError[] {
  const seen = new Set<string>()
  return documents
    .flatMap((facts, index) => {
      const again = seen.has(facts.documentId)
      seen.add(facts.documentId)
      const at = `/documents/${index}`
      return [
        ...(again ? [{ field: `${at}/documentId`, rule: 'must not stand in the list twice' }] : []),
        ...brokenLists(facts, at),
        ...unstorableTexts(facts, at),
      ]
    })
    .slice(0, MAX_ERRORS)
}
