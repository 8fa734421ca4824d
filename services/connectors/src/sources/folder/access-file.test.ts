import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import picomatch from 'picomatch'
import { type AccessFile, readAccessFile } from './access-file.ts'
import { nearestRule } from './access-rules.ts'

function valid(text: string): AccessFile {
  const file = readAccessFile(text)
  assert.ok(file.ok, file.ok ? '' : file.fault.detail)
  return file.value
}

const groups = 'version: 1\ngroups:\n  a: { members: [ana] }\n  b: {}\n'
const rulesAt5 = (...rules: string[]) => `${groups}rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`

const refused: { what: string; text: string; line: number; says: RegExp }[] = [
  {
    what: 'an unknown group in allow',
    text: rulesAt5('{ path: x/**, allow: [a, c] }'),
    line: 6,
    says: /unknown group "c"/,
  },
  { what: 'a label that is none', text: rulesAt5('{ path: x, labels: [Pay Grade] }'), line: 6, says: /a label starts/ },
  { what: 'labels that are no list', text: rulesAt5('{ path: x, labels: pay }'), line: 6, says: /must be a list/ },
  {
    what: 'a mark without a label',
    text: rulesAt5('{ path: x, marks: [{ quote: a }] }'),
    line: 6,
    says: /a label starts/,
  },
  {
    what: 'a mark of nothing',
    text: rulesAt5('{ path: x, marks: [{ label: pay }] }'),
    line: 6,
    says: /either a quote/,
  },
  {
    what: 'a mark of both',
    text: rulesAt5('{ path: x, marks: [{ label: pay, quote: a, heading: b }] }'),
    line: 6,
    says: /either a quote/,
  },
  {
    what: 'a mark with an unknown field',
    text: rulesAt5('{ path: x, marks: [{ label: pay, qoute: a }] }'),
    line: 6,
    says: /unknown key "qoute"/,
  },
  {
    what: 'a kind that is none',
    text: rulesAt5('{ path: x, marks: [{ label: pay, quote: a, kind: "A]" }] }'),
    line: 6,
    says: /no kind/,
  },
  {
    what: 'an unknown group in deny',
    text: rulesAt5('{ path: x/**, allow: [a] }', '{ path: y/**, deny: [z] }'),
    line: 7,
    says: /unknown group "z"/,
  },
  {
    what: 'an unknown nested group',
    text: 'version: 1\ngroups:\n  a:\n    groups:\n      - nobody\nrules: []\n',
    line: 5,
    says: /unknown group "nobody"/,
  },
  { what: 'an unbalanced bracket', text: rulesAt5('path: "x/[ab"'), line: 6, says: /bad pattern/ },
  { what: 'an unbalanced brace', text: rulesAt5('path: "x/{a,b"'), line: 6, says: /bad pattern/ },
  { what: 'a stray closing brace', text: rulesAt5('path: "x/a}"'), line: 6, says: /bad pattern/ },
  { what: 'a pattern out of the tree', text: rulesAt5('path: ../secret/**'), line: 6, says: /bad pattern/ },
  { what: 'an absolute pattern', text: rulesAt5('path: /x/**'), line: 6, says: /bad pattern/ },
  { what: 'an empty pattern', text: rulesAt5('path: ""'), line: 6, says: /may not be empty/ },
  { what: 'a pattern that names a folder only', text: rulesAt5('path: x/'), line: 6, says: /x\/|folder/ },
  { what: 'a negated pattern', text: rulesAt5('path: "!x/**"'), line: 6, says: /negated/ },
  {
    what: 'parentheses, which would not match themselves',
    text: rulesAt5('path: pay (old)/**'),
    line: 6,
    says: /"\?"/,
  },
  { what: 'a backslash', text: rulesAt5('path: x\\y'), line: 6, says: /may not contain/ },
  { what: 'bad YAML', text: 'version: 1\nrules:\n  - path: [\n', line: 4, says: /./ },
  { what: 'a tab as indentation', text: 'version: 1\nrules:\n\t- path: x\n', line: 3, says: /./ },
  { what: 'a key that stands twice', text: 'version: 1\nrules: []\nrules: []\n', line: 3, says: /unique/i },
  { what: 'two documents', text: 'version: 1\nrules: []\n---\nversion: 1\n', line: 3, says: /multiple/i },
  { what: 'an unknown key at the top', text: 'version: 1\nrules: []\nrule: []\n', line: 3, says: /unknown key "rule"/ },
  {
    what: 'an unknown key in a group',
    text: 'version: 1\ngroups:\n  a:\n    member: [x]\nrules: []\n',
    line: 4,
    says: /unknown key "member"/,
  },
  {
    what: 'an unknown key in a rule',
    text: rulesAt5('{ path: x, allows: [a] }'),
    line: 6,
    says: /unknown key "allows"/,
  },
  { what: 'another version', text: 'version: 2\nrules: []\n', line: 1, says: /version must be 1/ },
  { what: 'no version', text: '# a comment\nrules: []\n', line: 1, says: /version is missing/ },
  { what: 'no rules', text: 'version: 1\n', line: 1, says: /rules is missing/ },
  { what: 'rules without anything', text: 'version: 1\nrules:\n', line: 2, says: /rules must be a list/ },
  { what: 'a rule without a path', text: rulesAt5('{ allow: [a] }'), line: 6, says: /needs a path/ },
  { what: 'a rule that is no map', text: rulesAt5('x/**'), line: 6, says: /must be a map/ },
  { what: 'allow that is no list', text: rulesAt5('{ path: x, allow: a }'), line: 6, says: /allow must be a list/ },
  {
    what: 'a number as a member',
    text: 'version: 1\ngroups:\n  a:\n    members: [ana, 7]\nrules: []\n',
    line: 4,
    says: /quotes/,
  },
  { what: 'a number as a group name', text: 'version: 1\ngroups:\n  2024: {}\nrules: []\n', line: 3, says: /quotes/ },
  {
    what: 'a name with a blank',
    text: 'version: 1\ngroups:\n  a:\n    members: ["ana b"]\nrules: []\n',
    line: 4,
    says: /is no name/,
  },
  {
    what: 'an alias',
    text: 'version: 1\ngroups:\n  a: &x { members: [ana] }\n  b: *x\nrules: []\n',
    line: 4,
    says: /aliases/,
  },
  { what: 'an empty file', text: '', line: 1, says: /must be a map/ },
  { what: 'a list at the top', text: '- version: 1\n', line: 1, says: /must be a map/ },
]

for (const { what, text, line, says } of refused) {
  test(`an access file with ${what} is refused, with its line`, () => {
    const file = readAccessFile(text)
    assert.ok(!file.ok, 'it was accepted')
    assert.equal(file.fault.code, 'connectors.access-file-invalid')
    assert.match(file.fault.detail, new RegExp(`^access\\.yaml:${line}: `))
    assert.match(file.fault.detail, says)
    assert.equal(file.fault.meta?.line, line)
  })
}

test('every problem of an access file is told at once, in order', () => {
  const file = readAccessFile(rulesAt5('{ path: x, allow: [c] }', 'path: /y', '{ path: z, deny: [d] }'))
  assert.ok(!file.ok)
  assert.deepEqual(
    file.fault.errors?.map(({ field }) => field),
    ['access.yaml:6', 'access.yaml:7', 'access.yaml:8'],
  )
})

test('groups keep title, members and nesting; what is left out is empty', () => {
  const { groups } = valid(
    'version: 1\ngroups:\n  a: { title: All, members: [ana, ben, ana], groups: [b, a] }\n  b: {}\nrules: []\n',
  )
  assert.deepEqual(groups, [
    { nativeId: 'a', title: 'All', people: ['ana', 'ben'], groups: ['b', 'a'] },
    { nativeId: 'b', title: 'b', people: [], groups: [] },
  ])
})

const nearest: { what: string; rules: string[]; path: string; decides: string | undefined }[] = [
  { what: 'no rule matches', rules: ['x/**'], path: 'y/a.md', decides: undefined },
  {
    what: 'the deeper literal prefix wins over the longer pattern',
    rules: ['a/b/**', 'a/*/cccccccccc.md'],
    path: 'a/b/cccccccccc.md',
    decides: 'a/b/**',
  },
  {
    what: 'the deeper literal prefix wins over the later rule',
    rules: ['a/b/**', 'a/**'],
    path: 'a/b/c.md',
    decides: 'a/b/**',
  },
  {
    what: 'a folder with a wildcard does not count as literal',
    rules: ['a/{b,c}/**', 'a/b/**'],
    path: 'a/b/x.md',
    decides: 'a/b/**',
  },
  {
    what: 'at the same depth the longer pattern wins',
    rules: ['a/*.markdown', 'a/*'],
    path: 'a/x.markdown',
    decides: 'a/*.markdown',
  },
  {
    what: 'at the same depth and length the later wins',
    rules: ['a/*y.md', 'a/x*.md'],
    path: 'a/xy.md',
    decides: 'a/x*.md',
  },
  { what: 'a file name is not a folder', rules: ['a/**', 'a/x.md'], path: 'a/x.md', decides: 'a/x.md' },
  { what: '** reaches every depth, * one', rules: ['*', '**'], path: 'a/b/c.md', decides: '**' },
  { what: 'a case is a difference', rules: ['A/**'], path: 'a/x.md', decides: undefined },
]

for (const { what, rules, path, decides } of nearest) {
  test(`nearest rule: ${what}`, () => {
    const file = valid(rulesAt5(...rules.map((rule) => `{ path: "${rule}", allow: [a] }`)))
    assert.equal(nearestRule(file.rules, path)?.pattern.text, decides)
  })
}

test('a pattern without wildcards matches exactly itself, whatever characters it is made of', () => {
  const characters = Array.from("abcXYZ019 .-_~#$%&'+,;:=@!^<>`äß日🙂")
  for (const [index, character] of characters.entries()) {
    for (const path of [`x${character}y/z.md`, `x/${character}${character}.md`, `x/y${character}`]) {
      const [rule] = valid(rulesAt5(`{ path: ${JSON.stringify(path)}, allow: [a] }`)).rules
      assert.ok(rule)
      assert.ok(rule.pattern.matches(path), path)
      assert.ok(!rule.pattern.matches(path.replace(character, characters[index - 1] ?? 'Q')), path)
      assert.equal(rule.pattern.literalDepth, 1, path)
    }
  }
})

test('the sample handbook is read as its own independent reading has it', () => {
  const root = join(import.meta.dirname, '../../../../../samples/handbook/pages')
  const file = valid(readFileSync(join(root, 'access.yaml'), 'utf8'))
  assert.equal(file.groups.length, 25)
  assert.equal(file.rules.length, 33)
  for (const page of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const matching = file.rules.map(({ pattern }) => pattern.text).filter((text) => picomatch.isMatch(page, text))
    const best = matching.toSorted((a, b) => depth(a) - depth(b) || a.length - b.length).at(-1)
    assert.equal(nearestRule(file.rules, page)?.pattern.text, best, page)
  }
})

const depth = (pattern: string) => {
  const wild = pattern
    .split('/')
    .slice(0, -1)
    .findIndex((folder) => /[*?{}[\]()!+@]/.test(folder))
  return wild === -1 ? pattern.split('/').length - 1 : wild
}

test('a rule may label its documents and mark parts of them', () => {
  const rule =
    '{ path: x/**, allow: [a], labels: [pay, pay, hr], marks: [{ label: pay, quote: "12 pounds", kind: salary }, { label: hr, heading: Pay }] }'
  const { rules } = valid(rulesAt5(rule))
  assert.deepEqual(rules[0]?.labels, ['pay', 'hr'])
  assert.deepEqual(rules[0]?.marks, [
    { label: 'pay', kind: 'salary', quote: '12 pounds' },
    { label: 'hr', heading: 'Pay' },
  ])
})
