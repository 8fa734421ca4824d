import type { FieldError } from '@tessera/shared/fault/fault'
import type { Line } from './read-lines.ts'

/** Names that a workspace gives itself have no second colon: those with one belong to data sources. */
const own = (kind: string) => ({
  fits: new RegExp(`^${kind}:[^:]+$`),
  rule: `must be a name \`${kind}:…\` without a second colon`,
})
const rules = {
  user: { '/name': own('user') },
  'service-account': { '/name': own('service') },
  group: { '/name': own('group') },
  space: { '/name': own('space') },
  agent: { '/name': own('agent') },
  'data-source': { '/space': own('space') },
  membership: {
    '/container': { fits: /^(group|space):[^:]+$/, rule: 'must be a group of the workspace itself, or a space' },
    '/member': {
      fits: /^(public|workspace:members|(user|service|group|container):.*)$/,
      rule: 'must be a user, a service account, a group, a container, `workspace:members` or `public`',
    },
  },
} as const

/** Names that are not of the kind that a line of this type defines or takes. */
export function brokenNames(line: Line): FieldError[] {
  if (line.type === 'label' || line.type === 'document') return []
  return Object.entries(rules[line.type]).flatMap(([field, { fits, rule }]) => {
    const name = (line as Record<string, unknown>)[field.slice(1)]
    return typeof name === 'string' && fits.test(name) ? [] : [{ field, rule }]
  })
}
