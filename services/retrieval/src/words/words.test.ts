import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectLanguage } from './detect-language.ts'
import { createHighlights } from './highlights.ts'
import { hasPhrase, phrasesOf } from './phrases.ts'
import { queryTerms } from './query-terms.ts'
import { termsOfRow } from './row-terms.ts'

/** Whether a row with this text alone is found by a query. */
const isFound = (text: string, query: string) => {
  const terms = new Set(termsOfRow({ title: '', headings: [], text }))
  return queryTerms(query).terms.some((term) => terms.has(term))
}

const texts = {
  en: 'Everybody has 25 days of paid vacation in a year, and can take them whenever their manager agrees.',
  de: 'Alle Mitarbeiterinnen und Mitarbeiter haben 25 Urlaubstage im Jahr, die sie nach Absprache nehmen können.',
  fr: 'Chaque salarié a droit à 25 jours de congés payés par an, à prendre avec l’accord de son responsable.',
  es: 'Todos los empleados tienen 25 días de vacaciones pagadas al año y pueden tomarlos cuando quieran.',
  it: 'Il cane mangia la carne ogni giorno e poi dorme fino a sera davanti alla porta della casa.',
}

test('a text tells its language by itself, and what cannot be told is English', () => {
  for (const [language, text] of Object.entries(texts)) {
    assert.equal(detectLanguage(text), language === 'it' ? 'en' : language, text)
  }
  assert.equal(detectLanguage('Rechnungen prüfen und freigeben lassen'), 'de')
  assert.equal(detectLanguage('| frontend | gitserver | status: error |\n| --- | --- | --- |'), 'en')
  assert.equal(detectLanguage('日本語のテキストです。これは長い文章です。'), 'en')
  assert.equal(detectLanguage(''), 'en')
})

test('words are found in their forms, in each language, however short the query is', () => {
  for (const [text, query] of [
    [texts.en, 'vacations'],
    [texts.de, 'Urlaubstag'],
    [texts.de, 'MITARBEITER'],
    [texts.fr, 'salariés'],
    [texts.fr, 'conge'],
    [texts.es, 'empleado'],
    [texts.es, 'vacacion'],
    [texts.it, 'cane'],
  ] as const) {
    assert.ok(isFound(text, query), `${query} in: ${text}`)
  }
  assert.ok(!isFound(texts.en, 'Urlaub'))
})

test('words that hold sentences together are asked for in no language', () => {
  for (const query of ['the of and', 'die und der', 'le la les', 'los de la', 'How do I', '?!']) {
    assert.deepEqual(queryTerms(query).terms, [], query)
  }
  // An article in one language, a verb in another.
  assert.deepEqual(queryTerms('processes that die').terms.includes('die'), true)
  assert.deepEqual(queryTerms('die Regelung').terms.includes('die'), false)
})

test('code is found by its parts, as a whole, and in any spelling of it', () => {
  const code = 'Call getUserName() with max_retry_count from node.js, see util/strings-and-more.ts or C++.'
  for (const query of [
    ...['getUserName', 'get_user_name', 'user name', 'max_retry_count', 'maxRetryCount', 'MAX-RETRY-COUNT', 'retry'],
    ...['node.js', 'nodejs', 'strings-and-more', 'util/strings-and-more.ts', 'C++'],
  ]) {
    assert.ok(isFound(code, query), query)
  }
  for (const query of ['retr', 'maxretry']) assert.ok(!isFound('max_retry_count in C++', query), query)
})

test('scripts without spaces are found by pairs of characters, and by one alone', () => {
  assert.ok(isFound('これは日本語です', '日本'))
  assert.ok(isFound('これは日本語です', '本'))
  assert.ok(!isFound('これは日本語です', '中国'))
})

test('a phrase is what stands between quotation marks of any kind that close', () => {
  assert.deepEqual(phrasesOf('find "exact words" and „genau so“ or «tel quel» and “so too”'), [
    'exact words',
    'genau so',
    'tel quel',
    'so too',
  ])
  assert.deepEqual(phrasesOf('6" pipes and ""'), [])
  assert.ok(hasPhrase('The Code-Review of today', 'code review'))
  assert.ok(!hasPhrase('codes reviewed', 'code review'))
  assert.ok(!hasPhrase('review of code', 'code review'))
  assert.ok(!hasPhrase('barcode review', 'code review'))
})

test('highlights stand where the words of the query are, in any form', () => {
  const marked = (text: string, query: string) =>
    createHighlights(query)(text).map(({ start, end }) => text.slice(start, end))
  assert.deepEqual(marked(texts.en, 'vacation day'), ['days', 'vacation'])
  assert.deepEqual(marked(texts.de, 'Urlaubstag'), ['Urlaubstage'])
  assert.deepEqual(marked('Set max_retry_count to 3.', 'maxRetryCount'), ['max_retry_count'])
  assert.deepEqual(marked('nothing of it', 'the vacation'), [])
})

test('long and hostile texts take linear time, and a query is cut where it gets too long', () => {
  const hostile = [
    'a.'.repeat(500_000),
    '_'.repeat(1_000_000),
    'aA'.repeat(500_000),
    '"'.repeat(100_000),
    '猫'.repeat(300_000),
  ]
  for (const text of hostile) {
    termsOfRow({ title: '', headings: [], text })
    queryTerms(text.slice(0, 10_000))
    createHighlights('cat')(text.slice(0, 10_000))
  }
  const many = Array.from({ length: 1000 }, (_, at) => `word${at}`).join(' ')
  assert.equal(queryTerms(many).cut, true)
  assert.equal(queryTerms(many).terms.length, 120)
  assert.equal(queryTerms('vacation '.repeat(1000)).cut, false)
})
