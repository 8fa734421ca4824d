import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { detect, detecting } from './detect.ts'
import { type Kind, kinds } from './finding.ts'
import { mask } from './mask.ts'

const found = (text: string, ...only: Kind[]) =>
  detect(text, only.length === 0 ? {} : { kinds: only }).map(
    ({ kind, start, end }) => `${kind} ${text.slice(start, end)}`,
  )

test('a number is found whatever separates its groups, and none that is part of a longer one', () => {
  for (const iban of ['DE89370400440532013000', 'DE89 3704 0044 0532 0130 00', 'de89-3704-0044-0532-0130-00']) {
    assert.deepEqual(found(`Pay ${iban}.`, 'iban'), [`iban ${iban}`])
    assert.deepEqual(found(`Pay ${iban}1.`, 'iban'), [])
    assert.deepEqual(found(`Pay X${iban}.`, 'iban'), [])
  }
  for (const card of ['4111111111111111', '4111 1111 1111 1111', '4111-1111-1111-1111', '3782 822463 10005']) {
    assert.deepEqual(found(`Card ${card}.`, 'card'), [`card ${card}`])
    assert.deepEqual(found(`Card 9${card}`, 'card'), [])
  }
})

test('a wrong check digit, or one of another country, is no finding', () => {
  const wrong: [Kind, string][] = [
    ['iban', 'DE88370400440532013000'],
    ['card', '4111111111111112'],
    ['national-id', 'PESEL 44051401459'],
    ['national-id', 'DNI 12345678A'],
    ['national-id', '756.9217.0769.84'],
  ]
  for (const [kind, text] of wrong) assert.deepEqual(found(text, kind), [], text)
})

test('a number that many things may be needs a word that says what it is, before it or above its column', () => {
  const id = '44051401458'
  assert.deepEqual(found(`Order ${id}`, 'national-id'), [])
  assert.deepEqual(found(`PESEL: ${id}`, 'national-id'), [`national-id ${id}`])
  const table = (header: string) => `| Name | ${header} |\n| --- | --- |\n| Ana | 30 |\n| Ben | ${id} |`
  assert.deepEqual(found(table('PESEL'), 'national-id'), [`national-id ${id}`])
  assert.deepEqual(found(table('Order'), 'national-id'), [])
  assert.deepEqual(found('| Phone | Room |\n| 030 901820 | 030 901821 |', 'phone'), ['phone 030 901820'])
})

test('a word in a heading counts for all that stands under it', () => {
  const pages =
    '# Team\n\n## Salaries\n\n### Ana\n\nSince May, with all that goes with it: 85,000 EUR\n\n## Rent\n\n72,000 EUR'
  assert.deepEqual(found(pages, 'salary'), ['salary 85,000 EUR'])
  const text =
    'Ana\n\nAs agreed in May with all of the board, and as it stands in the minutes of that month: 85,000 EUR.'
  assert.deepEqual(detect(text, { kinds: ['salary'] }), [])
  const [salary] = detect(text, { kinds: ['salary'], above: 'Salaries\nTeam' })
  assert.equal(salary && text.slice(salary.start, salary.end), '85,000 EUR')
  assert.equal(detect('44051401458', { above: 'PESEL' }).length, 1)
  assert.equal(detect('030 901820', { above: 'Phone numbers' }).length, 1)
})

test('an amount is pay near a word for pay, in four languages and in a column of that name, and else a price', () => {
  for (const text of [
    'Her salary is ⟨85,000 EUR⟩.',
    'Das Jahresgehalt beträgt ⟨85.000 €⟩.',
    'Son salaire : ⟨2 500 €⟩',
    'Su sueldo: ⟨32.000 euros⟩',
    'Salaries:\n- Ana ⟨85,000⟩\n- Ben ⟨72,000⟩',
    '| Name | Salary |\n| --- | --- |\n| Ana | ⟨85000⟩ |',
  ]) {
    const expected = [...text.matchAll(/⟨(.*?)⟩/g)].map((match) => `salary ${match[1]}`)
    assert.deepEqual(found(text.replaceAll(/[⟨⟩]/g, ''), 'salary'), expected)
  }
  for (const text of ['The laptop costs 1,200 EUR.', 'Salaries rose by 4% in 2023.', 'She earned 3 badges.']) {
    assert.deepEqual(found(text, 'salary'), [], text)
  }
})

test('a secret is found by the form that its issuer gave it, or by the word beside it; what stands for one is none', () => {
  const key = 'q7Rk2mZ9xT4vB8nL3pW6'
  assert.deepEqual(found(`ghp_${key}${key.slice(0, 16)}`, 'secret').length, 1)
  assert.deepEqual(found(`api_key = "${key}"`, 'secret'), [`secret ${key}`])
  assert.deepEqual(found(`Order "${key}"`, 'secret'), [])
  assert.deepEqual(found('Passwort: Sommer2024!', 'secret'), ['secret Sommer2024!'])
  assert.deepEqual(found('postgres://app:s3cretPass@db.example.com/app', 'secret'), ['secret s3cretPass'])
  for (const text of ['password: ${PASSWORD}', 'password: <your-password>', 'token: string', 'password: ********']) {
    assert.deepEqual(found(text, 'secret'), [], text)
  }
})

test('a private key is found whole, and one that is cut off as far as it goes', () => {
  const body = 'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF0Gq\n'.repeat(5)
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${body}-----END RSA PRIVATE KEY-----`
  assert.deepEqual(found(`Here:\n${key}\nThanks.`, 'secret'), [`secret ${key}`])
  const [cut] = detect(`-----BEGIN PRIVATE KEY-----\n${body}`)
  assert.ok(cut && cut.end >= body.length)
  assert.deepEqual(found('-----BEGIN PUBLIC KEY-----\nMIIBIjANBg\n-----END PUBLIC KEY-----', 'secret'), [])
})

test('addresses of machines are told from those of people, from versions, and from code', () => {
  assert.deepEqual(found('git@github.com:acme/x.git or ana@example.com, logo@2x.png', 'email'), [
    'email ana@example.com',
  ])
  assert.deepEqual(found('Version 10.0.0.1 runs on 10.0.0.2; std::vector, 12:30:45, fe80::1%eth0', 'ip-address'), [
    'ip-address 10.0.0.2',
    'ip-address fe80::1%eth0',
  ])
})

test('overlapping findings are masked as one that names all their kinds, each of them once', () => {
  const text = 'Card 4111 1111 1111 1111, password: a1@example.com.'
  assert.equal(mask(text, detect(text)), 'Card [card], password: [email, secret].')
})

/** Pieces that detectors look at, in any order. */
const piece = fc.constantFrom(
  ...[
    '@',
    '.',
    '+49 30 ',
    '1234567',
    'DE89',
    ' 3704 0044 0532 0130 00',
    '4111 1111 1111 1111',
    'salary ',
    '85,000',
    ' EUR',
  ],
  ...[
    'password: ',
    'Xk9$mm02',
    'token=',
    'eyJ',
    '-----BEGIN PRIVATE KEY-----',
    '|',
    '\n',
    '\n\n',
    '::',
    'fe80',
    '10.0.0.7',
  ],
  ...[
    ' ',
    'tel ',
    'PESEL ',
    '44051401458',
    'ana',
    'é',
    '\u{1f600}',
    '\ud83d',
    '(at)',
    '-',
    '/',
    '//',
    '"',
    'a1B2c3D4e5F6g7H8',
  ],
)
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))

test('whatever the text, findings lie within it, in order and each once, and are the same one by one and for each kind alone', () => {
  fc.assert(
    fc.property(text, (text) => {
      const all = detect(text)
      for (const [at, { start, end }] of all.entries()) {
        assert.ok(start >= 0 && start < end && end <= text.length)
        assert.ok(at === 0 || (all[at - 1]?.start ?? 0) <= start)
      }
      assert.deepEqual(detect(text), all)
      const alone = kinds.flatMap((kind) => detect(text, { kinds: [kind] }))
      assert.deepEqual(new Set(alone.map((one) => JSON.stringify(one))), new Set(all.map((one) => JSON.stringify(one))))
      for (const step of detecting(text)) {
        const isCovered = all.some(
          (one) => step && one.kind === step.kind && one.start <= step.start && step.end <= one.end,
        )
        assert.ok(step === undefined || isCovered)
      }
    }),
    { numRuns: 300 },
  )
})
