import type { LineOf } from '@tessera/access-control/import/read-lines'
import { newId } from '@tessera/shared/ids/ids'
import { createRandom, type Random } from './random.ts'

export type Line = LineOf<'user' | 'group' | 'space' | 'membership' | 'label' | 'data-source' | 'document'>
type DocumentLine = LineOf<'document'>

/** How many groups there are at each depth: 200, nested six deep. */
const LEVELS = [4, 8, 16, 32, 60, 80]
const CYCLES = 10
/** Groups of the one reader who is in very many. */
const MANY_GROUPS = 500

export type World = {
  users: string[]
  groups: string[]
  /** Of the reader who is in very many groups; empty where the world has none. */
  manyGroups: string[]
  spaces: string[]
  dataSources: string[]
  documents: WorldDocument[]
  /** The lines to import people and places with, and then the documents. */
  places: Line[]
  content: DocumentLine[]
}
export type WorldDocument = { documentId: string; contentVersion: string; passages: string[]; dataSourceId: string }

/**
 * Users in three groups each, groups in groups of the level above (some in two), with cycles back down; documents of three passages with one to four grants, one in
 * twenty with a deny, one in ten with labels, and labels on some passages.
 */
export function makeWorld(options: {
  issuer: string
  users: number
  documents: number
  withManyGroups: boolean
}): World {
  const random = createRandom(20_261_123)
  const users = Array.from({ length: options.users }, () => `user:${newId('usr')}`)
  const levels = LEVELS.map((count) => Array.from({ length: count }, () => `group:${newId('grp')}`))
  const groups = levels.flat()
  const manyGroups = options.withManyGroups
    ? Array.from({ length: MANY_GROUPS }, () => `group:${newId('grp')}`)
    : ([] as string[])
  const spaces = Array.from({ length: 5 }, () => `space:${newId('spc')}`)
  const dataSources = Array.from({ length: 10 }, () => newId('src'))
  const content = Array.from({ length: options.documents }, () =>
    documentLine(random, { users, groups: [...groups, ...manyGroups], dataSources }),
  )
  return {
    ...{ users, groups, manyGroups, spaces, dataSources, content },
    documents: content.map((line) => ({ ...line, passages: (line.passages ?? []).map(({ passageId }) => passageId) })),
    places: [
      ...labels,
      ...principals(random, options.issuer, users, [...groups, ...manyGroups]),
      ...spaces.map((name, index): Line => ({ type: 'space', name, title: `Space ${index}` })),
      ...memberships(random, { users, levels, manyGroups, spaces }),
      ...dataSources.map((dataSourceId, index): Line => ({
        type: 'data-source',
        dataSourceId,
        space: spaces[index % 5] ?? '',
      })),
    ],
  }
}

const labels: Line[] = [
  { type: 'label', label: 'salary', title: 'Salary', requires: ['hr'], below: 'redacted', hidesTitle: false },
  { type: 'label', label: 'legal', title: 'Legal', requires: ['legal'], below: 'digest', hidesTitle: false },
  { type: 'label', label: 'secret', title: 'Secret', requires: ['board'], below: 'none', hidesTitle: true },
  { type: 'label', label: 'internal', title: 'Internal', requires: [], below: 'redacted', hidesTitle: false },
]
const CLEARANCES = ['hr', 'legal', 'board']

function principals(random: Random, issuer: string, users: readonly string[], groups: readonly string[]): Line[] {
  const clearances = (share: number) => (random.chance(share) ? { clearances: [random.pick(CLEARANCES)] } : {})
  return [
    ...users.map((name, index): Line => {
      const person = { issuer, subject: `person-${index}` }
      const guest = index % 20 === 19
      return { type: 'user', name, ...person, displayName: `Person ${index}`, guest, ...clearances(0.1) }
    }),
    ...groups.map((name, index): Line => ({ type: 'group', name, title: `Group ${index}`, ...clearances(0.1) })),
  ]
}

function memberships(
  random: Random,
  { users, levels, manyGroups, spaces }: Pick<World, 'users' | 'manyGroups' | 'spaces'> & { levels: string[][] },
): Line[] {
  const pairs = new Set<string>()
  const put = (container: string, member: string) => pairs.add(`${container} ${member}`)
  for (const [depth, level] of levels.entries()) {
    const above = levels[depth - 1]
    for (const group of above ? level : []) {
      put(random.pick(above ?? []), group)
      if (random.chance(0.2)) put(random.pick(above ?? []), group)
    }
  }
  const [deep, shallow] = [levels.slice(3).flat(), levels.slice(1, 3).flat()]
  for (let count = 0; count < CYCLES; count++) put(random.pick(deep), random.pick(shallow))
  for (const user of users) for (let count = 0; count < 3; count++) put(random.pick(levels.flat()), user)
  for (const group of manyGroups) put(group, users[0] ?? '')
  for (const [index, space] of spaces.entries()) {
    if (index < 3) put(space, 'workspace:members')
    for (const group of levels[0] ?? []) if (index >= 3 || random.chance(0.5)) put(space, group)
  }
  return [...pairs].map((pair) => {
    const [container = '', member = ''] = pair.split(' ')
    return { type: 'membership', container, member }
  })
}

function documentLine(
  random: Random,
  { users, groups, dataSources }: Pick<World, 'users' | 'groups' | 'dataSources'>,
): DocumentLine {
  const some = (count: number, one: () => string) => [...new Set(Array.from({ length: count }, one))]
  const grant = () => {
    if (random.chance(0.15)) return 'workspace:members'
    return random.chance(0.8) ? random.pick(groups) : random.pick(users)
  }
  const label = () => random.pick(['salary', 'legal', 'secret', 'internal'])
  return {
    ...{ type: 'document', documentId: newId('doc'), contentVersion: newId('ver') },
    dataSourceId: random.pick(dataSources),
    allow: some(1 + random.below(4), grant),
    deny: random.chance(0.05) ? [random.chance(0.5) ? random.pick(groups) : random.pick(users)] : [],
    ...{ gates: [], denyAgents: [] },
    labels: random.chance(0.1) ? [label()] : [],
    passages: Array.from({ length: 3 }, () => ({
      passageId: newId('psg'),
      labels: random.chance(0.1) ? [label()] : [],
    })),
  }
}
