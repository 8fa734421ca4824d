import type { DocumentAccess } from '@tessera/shared/contracts/access-control'
import type { FieldError } from '@tessera/shared/fault/fault'
import type { Static } from 'typebox'

type Facts = Static<typeof DocumentAccess>
type Rule = { list: 'allow' | 'deny' | 'gates' | 'denyAgents'; fits: (name: string) => boolean; rule: string }

const isAgent = (name: string) => name.startsWith('agent:')
const rules: readonly Rule[] = [
  { list: 'allow', fits: (name) => !isAgent(name), rule: 'must not be an agent: agents read what their users read' },
  { list: 'deny', fits: (name) => !isAgent(name), rule: 'must not be an agent: that is what denyAgents is for' },
  { list: 'gates', fits: (name) => /^(container|space):/.test(name), rule: 'must be a container or a space' },
  { list: 'denyAgents', fits: (name) => name === '*' || isAgent(name), rule: 'must be an agent or *' },
]
const MAX_ERRORS = 100

/** What in these facts a document may not say; at most the first hundred. */
export function brokenLists(documents: readonly Facts[]): FieldError[] {
  const ids = documents.map(({ documentId }) => documentId)
  return documents
    .flatMap((facts, index) => [
      ...(ids.indexOf(facts.documentId) === index
        ? []
        : [{ field: `/documents/${index}/documentId`, rule: 'must not stand in the list twice' }]),
      ...rules.flatMap(({ list, fits, rule }) =>
        facts[list].flatMap((name, place) =>
          fits(name) ? [] : [{ field: `/documents/${index}/${list}/${place}`, rule }],
        ),
      ),
    ])
    .slice(0, MAX_ERRORS)
}
