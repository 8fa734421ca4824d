import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import picomatch from 'picomatch'
import { parse } from 'yaml'

/**
 * An independent, deliberately plain reading of the access file, so that this sample is not judged by the code that it
 * is used to test.
 */
type Group = { title?: string; members?: string[]; groups?: string[] }
type Rule = { path: string; allow?: string[]; deny?: string[] }
type Access = { version: number; groups: Record<string, Group>; rules: Rule[] }
type Person = { id: string; name: string; guest: boolean }
type Questions = {
  demo: { question: string; people: [string, string]; pages: Record<string, string[]> }
  questions: { question: string; pages: string[] }[]
}

const here = import.meta.dirname
const root = path.join(here, 'pages')
const readJson = <T>(name: string): T => JSON.parse(readFileSync(path.join(here, name), 'utf8'))

const access: Access = parse(readFileSync(path.join(root, 'access.yaml'), 'utf8'))
const people = readJson<Person[]>('people.json')
const { demo, questions } = readJson<Questions>('questions.json')
const pages = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => name.split(path.sep).join('/'))

/** The groups that cover a person, at any depth. */
function groupsOf(person: string): Set<string> {
  const covering = new Set<string>()
  for (let before = -1; before !== covering.size;) {
    before = covering.size
    for (const [name, group] of Object.entries(access.groups)) {
      if (group.members?.includes(person) || group.groups?.some((inner) => covering.has(inner))) covering.add(name)
    }
  }
  return covering
}

const literalDepth = (pattern: string) => {
  const folders = pattern.split('/').slice(0, -1)
  const wild = folders.findIndex((folder) => /[*?{}[\]()!+@]/.test(folder))
  return wild === -1 ? folders.length : wild
}

function nearestRule(page: string): Rule | undefined {
  const matching = access.rules.filter((rule) => picomatch.isMatch(page, rule.path))
  return matching.reduce<Rule | undefined>((best, rule) => {
    if (!best) return rule
    const nearer = literalDepth(rule.path) - literalDepth(best.path) || rule.path.length - best.path.length
    return nearer >= 0 ? rule : best
  }, undefined)
}

const ruleOf = new Map(pages.map((page) => [page, nearestRule(page)]))

function readableTo(person: string): Set<string> {
  const covering = groupsOf(person)
  const covered = (names: string[] = []) => names.some((name) => covering.has(name))
  return new Set(
    pages.filter((page) => {
      const rule = ruleOf.get(page)
      return rule !== undefined && covered(rule.allow) && !covered(rule.deny)
    }),
  )
}

test('the sample has its licence, its notice and between 250 and 350 pages, none of them empty', () => {
  assert.match(readFileSync(path.join(here, 'LICENSE'), 'utf8'), /Apache License/)
  assert.match(readFileSync(path.join(here, 'NOTICE'), 'utf8'), /sourcegraph\/handbook/)
  assert.ok(pages.length >= 250 && pages.length <= 350, `${pages.length} pages`)
  for (const page of pages) assert.ok(readFileSync(path.join(root, page), 'utf8').trim().length > 500, page)
})

test('every group and person that the access file names exists', () => {
  assert.equal(access.version, 1)
  const groups = new Set(Object.keys(access.groups))
  assert.ok(groups.size >= 12 && groups.size <= 25, `${groups.size} groups`)
  const named = [
    ...Object.values(access.groups).flatMap((group) => group.groups ?? []),
    ...access.rules.flatMap((rule) => [...(rule.allow ?? []), ...(rule.deny ?? [])]),
  ]
  assert.deepEqual(named.filter((name) => !groups.has(name)), [])
  const known = new Set(people.map((person) => person.id))
  assert.equal(known.size, people.length)
  const members = Object.values(access.groups).flatMap((group) => group.members ?? [])
  assert.deepEqual(members.filter((name) => !known.has(name)), [])
})

test('every rule decides about at least one page, and some pages have no rule', () => {
  const deciding = new Set(ruleOf.values())
  assert.deepEqual(access.rules.filter((rule) => !deciding.has(rule)).map((rule) => rule.path), [])
  const nobody = pages.filter((page) => !ruleOf.get(page))
  assert.ok(nobody.length > 0)
  assert.ok(nobody.every((page) => page.startsWith('departments/data-analytics/')), nobody.join(', '))
})

test('groups nest three levels below all-staff, and a member of the deepest one is covered by all of them', () => {
  const covering = groupsOf('chloe')
  for (const name of ['release-managers', 'release-engineering', 'sig-release', 'all-staff']) {
    assert.ok(covering.has(name), name)
  }
})

test('ana, ben and chloe come first and read different, overlapping parts', () => {
  assert.deepEqual(people.slice(0, 3).map((person) => person.id), ['ana', 'ben', 'chloe'])
  const sets = ['ana', 'ben', 'chloe'].map(readableTo)
  assert.equal(new Set(sets.map((set) => set.size)).size, 3, sets.map((set) => set.size).join(' '))
  for (const one of sets) {
    assert.ok(one.size > 0 && one.size < pages.length)
    for (const other of sets) {
      assert.ok([...one].some((page) => other.has(page)))
      if (one !== other) assert.ok([...one].some((page) => !other.has(page)))
    }
  }
})

test('denies bite: two people would read more if they were not denied', () => {
  const pay = 'benefits-pay-perks/pay-expenses/compensation/compensation-change-approvals.md'
  const production = 'departments/engineering/teams/devops/disaster-recovery.md'
  assert.ok(groupsOf('akira').has('sig-contributor-experience') && !readableTo('akira').has(pay))
  assert.ok(readableTo('rosa').has(pay))
  assert.ok(groupsOf('milan').has('sig-k8s-infra') && !readableTo('milan').has(production))
  assert.ok(readableTo('farid').has(production))
})

test('a guest reads little, and a person in no group reads nothing', () => {
  const guests = people.filter((person) => person.guest)
  assert.ok(guests.length > 0)
  for (const guest of guests) {
    const count = readableTo(guest.id).size
    assert.ok(count > 0 && count < 30, `${guest.id}: ${count}`)
  }
  assert.equal(groupsOf('noor').size, 0)
  assert.equal(readableTo('noor').size, 0)
})

test('every page that a question or the demo names exists', () => {
  assert.ok(questions.length >= 55, `${questions.length} questions`)
  assert.equal(new Set(questions.map((entry) => entry.question)).size, questions.length)
  const named = [...questions.flatMap((entry) => entry.pages), ...Object.values(demo.pages).flat()]
  assert.deepEqual(named.filter((page) => !existsSync(path.join(root, page))), [])
  assert.ok(questions.every((entry) => entry.pages.length > 0))
  assert.ok(questions.some((entry) => entry.pages.every((page) => !ruleOf.get(page))))
})

test('the two people of the demo must get different answers to it', () => {
  const [first, second] = demo.people
  const ofFirst = demo.pages[first] ?? []
  const ofSecond = demo.pages[second] ?? []
  assert.ok(ofFirst.length > 0 && ofSecond.length > 0)
  assert.ok(ofFirst.every((page) => readableTo(first).has(page)))
  assert.ok(ofFirst.every((page) => !readableTo(second).has(page)))
  assert.ok(ofSecond.every((page) => readableTo(second).has(page)))
})
