import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { access, canaries, demo, groupsOf, here, pages, pagesShownBy, people, questions, readableTo, root, ruleOf, textOf } from './reading.ts'

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

test('most pages hold sentences of their own, by which a leak of them can be told', () => {
  const marked = new Set(canaries().values())
  assert.ok(marked.size > pages.length * 0.8, `${marked.size} of ${pages.length}`)
  assert.ok([...marked].every((page) => pagesShownBy(textOf(page)).has(page)))
})
