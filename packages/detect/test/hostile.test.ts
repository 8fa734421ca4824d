import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detect } from '../src/detect.ts'

/** Texts that keep a careless pattern busy: each begins again and again what then does not come. */
const pieces = [
  ...[
    'a',
    '1',
    '@',
    'a@',
    'a@a.',
    '1.',
    '12 34 ',
    '+1',
    '+49 30 1234567 ',
    '00',
    '(0',
    '::',
    '1:',
    '2001:',
    'fe80::1 ',
  ],
  ...['DE89', 'DE89 3704 ', '4111', '4111 ', '4111111111111111 ', '123-45-6789 ', '12345678Z ', 'AAAAAA', 'AB123456'],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\n',
    'eyJ',
    'eyJaaaaaaaaaa.eyJaaaaaaaa.',
    'sk-a-',
    'xoxb-a-',
  ],
  ...[
    '://a:',
    '://a:a@',
    'token=',
    'token: a1',
    'password: ',
    'password=a1b2c3 ',
    'api_key-',
    'a1',
    'ya29.',
    '[at]',
    'a (at) ',
  ],
  ...[
    'salary ',
    'salary 1',
    'salary 85,000 EUR ',
    'gehalt',
    '1,000',
    '$1 - $1 ',
    'tel ',
    'tel 1234567 ',
    'é',
    '\ud83d',
  ],
  ...['|', '|a|\n', '| 1 |', '|\n', '| salary |\n', '| Phone |\n| 030 901820 |\n', '\n', '\n\n', ' '],
]

test('no text keeps a detector longer than its length explains', { timeout: 120_000 }, () => {
  // A quadratic one would take minutes for each of these.
  for (const piece of pieces) {
    detect(piece.repeat(Math.ceil(100_000 / piece.length)), { above: 'Salaries, phone numbers, PESEL' })
  }
})

test('a table of one long row, and a text of eight megabytes, are gone through', { timeout: 120_000 }, () => {
  const row = `| Phone |\n|${' 030 901820 |'.repeat(20_000)}\n`
  assert.equal(detect(row, { kinds: ['phone'] }).length, 1)
  const prose = 'Ana wrote to ana@example.com about 3 boxes, 12 hours and the plan for 2026, as agreed. '
  const found = detect(prose.repeat(Math.ceil((8 * 1024 * 1024) / prose.length)))
  assert.equal(found.length, Math.ceil((8 * 1024 * 1024) / prose.length))
})
