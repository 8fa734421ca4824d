import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type MediaType, mediaTypeOfName } from '@tessera/shared/contracts/media-types'
import { docxOf, xlsxOf, zipOf } from '../../test/zip-of.ts'
import { splitPassages } from '../passages/split-passages.ts'
import type { Block } from './block.ts'
import { extract } from './extract.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../test/__fixtures__', name))

async function read(
  name: string,
  content: string | Uint8Array = fixture(name),
  mediaType: MediaType = mediaTypeOfName(name) ?? 'text/plain',
) {
  const result = await extract({ mediaType, content, externalId: `folder/${name}` })
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const shown = (blocks: readonly Block[]) => blocks.map(({ kind, text }) => `${kind}: ${text}`)
const placed = (title: string, blocks: readonly Block[]) =>
  splitPassages(title, blocks).map(({ headings, text, place }) => ({ headings, text, place }))

test('Word: headings by their styles, tables, links, and notes; titles by the first heading', async () => {
  const { title, blocks } = await read('testWORD.docx')
  assert.equal(title, 'Main Heading')
  assert.deepEqual(
    blocks.flatMap((block) => (block.kind === 'heading' ? [`${block.level} ${block.text}`] : [])),
    ['1 Main Heading', '1 Heading Level 1', '2 Heading Level 2', '3 Heading Level 3'],
  )
  assert.ok(shown(blocks).includes('paragraph: Apache Tika: http://tika.apache.org/ [Tika](http://tika.apache.org/)'))
  assert.deepEqual(shown((await read('footnotes.docx')).blocks), [
    'paragraph: Eto ochen prostoy[1] text so snoskoy',
    'list: 1. snoska',
  ])
  const cell = (text: string) => `<w:tc><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:tc>`
  const table = `<w:tbl><w:tr>${cell('Who')}${cell('What')}</w:tr><w:tr>${cell('Ana')}${cell('a|b')}</w:tr></w:tbl>`
  assert.deepEqual(shown((await read('a.docx', docxOf(table))).blocks), [
    'table: | Who | What |\n| --- | --- |\n| Ana | a/b |',
  ])
})

test('PowerPoint: a section for each slide with its number, texts, tables, comments and notes; footers once', async () => {
  const { blocks } = await read('testPPT_various.pptx')
  assert.deepEqual(shown(blocks).slice(0, 3), [
    'heading: Slide 1',
    'table: | Row 1 Col 1 | Row 1 Col 2 | Row 1 Col 3 |\n| --- | --- | --- |\n| Row 2 Col 1 | Row 2 Col 2 | Row 2 Col 3 |',
    'paragraph: Here is a text box',
  ])
  assert.ok(blocks.every(({ place }) => place?.kind === 'slides' && place.first === 1))
  assert.match(
    shown((await read('testPPT_comment.pptx')).blocks).join('\n'),
    /paragraph: I'm afraid I'm going to have to ask you/,
  )
  const slides = await read('a.pptx', pptxOf(['Plan', 'Costs']))
  assert.equal(slides.title, 'Plan')
  assert.deepEqual(shown(slides.blocks), [
    'heading: Plan',
    'list: - One\n  - Two',
    'paragraph: Confidential',
    'heading: Notes',
    'paragraph: Say it of Plan.',
    'heading: Costs',
    'list: - One\n  - Two',
    'heading: Notes',
    'paragraph: Say it of Costs.',
  ])
  assert.deepEqual(slides.blocks.at(-1)?.place, { kind: 'slides', first: 2, last: 2 })
})

test('Excel: a section for each sheet, the head with each passage, cells as they show, and their places', async () => {
  const sample = await read('testEXCEL.xlsx')
  assert.equal(sample.title, 'TestEXCEL')
  assert.equal(
    shown(sample.blocks)[2]?.startsWith('table: | Number | Square |\n| --- | --- |\n| 1 | 1 |\n| 2 | 4 |'),
    true,
  )
  assert.deepEqual(
    shown((await read('testEXCEL_dateFormats.xlsx')).blocks)[1],
    'table: | date |\n| --- |\n| 2018-09-20 |\n| 1996-08-10 |',
  )
  const number = (cell: string, value: number, style = 0) => `<c r="${cell}" s="${style}"><v>${value}</v></c>`
  const words = (cell: string, text: string) => `<c r="${cell}" t="inlineStr"><is><t>${text}</t></is></c>`
  const rows = Array.from(
    { length: 200 },
    (_, i) => `<row r="${i + 4}">${words(`B${i + 4}`, `Item ${i}`)}${number(`D${i + 4}`, i / 8, 1)}</row>`,
  )
  const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="#,##0.00&quot; EUR&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`
  const head = `<row r="1">${words('A1', 'Costs of the year')}</row><row r="3">${words('B3', 'What')}${words('D3', 'Price')}</row>`
  const relations = `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/styles" Target="styles.xml"/></Relationships>`
  const { title, blocks } = await read(
    'costs-2026.xlsx',
    xlsxOf(head + rows.join(''), { 'xl/styles.xml': styles, 'xl/_rels/workbook.xml.rels': relations }),
  )
  assert.equal(title, 'Costs 2026')
  const passages = placed(title, blocks)
  assert.ok(passages.length > 3)
  for (const { headings, text, place } of passages.slice(1)) {
    assert.deepEqual(headings, ['Costs'])
    assert.match(text, /^\| What \| Price \|\n/)
    const numbers = Array.from(text.matchAll(/Item (\d+)/g), (match) => Number(match[1]))
    assert.deepEqual(place, {
      kind: 'cells',
      sheet: 'Costs',
      range: `B${(numbers[0] ?? 0) + 4}:D${(numbers.at(-1) ?? 0) + 4}`,
    })
  }
  assert.ok(passages.some(({ text }) => text.includes('| Item 9 | 1.13 EUR |')))
})

test('PDF: paragraphs on their pages, in reading order, headings by the size of their letters', async () => {
  const { title, blocks } = await read('testPDF.pdf')
  assert.equal(title, 'Tika - Content Analysis Toolkit')
  assert.deepEqual(
    blocks.find(({ kind }) => kind === 'heading'),
    { kind: 'heading', level: 1, text: title, place: { kind: 'pages', first: 1, last: 1 } },
  )
  assert.ok(
    blocks.some(({ text }) => text.startsWith('Apache Tika is a toolkit for detecting and extracting metadata')),
  )
  const pages = await read('report.pdf', pdfOf(Array.from({ length: 4 }, (_, page) => pageOf(page + 1))))
  assert.deepEqual(shown(pages.blocks).slice(0, 7), [
    'heading: Chapter 1',
    'paragraph: Left one of page 1. Left two ends in a divided word.',
    'paragraph: Right one of page 1. Right two.',
    'list: · Point one\n· Point two',
    'list: Name | Value\nAlpha | 1',
    `paragraph: ${Array.from({ length: 3 }, () => `Words of page 1${' and more'.repeat(8)}`).join(' ')}`,
    'paragraph: Confidential, page 1',
  ])
  assert.equal(shown(pages.blocks).filter((text) => text.includes('Confidential')).length, 1, 'a foot is told once')
  assert.deepEqual(
    placed(pages.title, pages.blocks)
      .map(({ headings, place }) => [headings[0], place])
      .at(-1),
    ['Chapter 4', { kind: 'pages', first: 4, last: 4 }],
  )
})

test('PDF: where letters are drawn in no order, the page is read by its columns, below what spans it', async () => {
  const drawn: Drawn[] = [
    ['Foot of the page', 50, 50],
    ...[0, 1, 2, 3].map((line): Drawn => [`Right ${line} of the column`, 320, 600 - line * 12]),
    ['A title over both columns of this page', 50, 750, 20],
    ...[3, 2, 1, 0].map((line): Drawn => [`Left ${line} of the column`, 50, 600 - line * 12]),
    ['An introduction that is as wide as the page itself, from the left to the right', 50, 700],
  ]
  assert.deepEqual(shown((await read('a.pdf', pdfOf([drawn]))).blocks), [
    'heading: A title over both columns of this page',
    'paragraph: An introduction that is as wide as the page itself, from the left to the right',
    'paragraph: Left 0 of the column Left 1 of the column Left 2 of the column Left 3 of the column',
    'paragraph: Right 0 of the column Right 1 of the column Right 2 of the column Right 3 of the column',
    'paragraph: Foot of the page',
  ])
})

test('mail: who, to whom, when; what is written before what is quoted; attachments apart', async () => {
  const { title, blocks, attachments } = await read('testRFC822_multipart_attachments.eml')
  assert.equal(title, 'EML 1')
  assert.match(blocks[0]?.text ?? '', /^From: Bugs Bunny <Bugs.Bunny@acme.com>\nTo: /)
  assert.deepEqual(
    attachments.map(({ name, mediaType, bytes }) => [name, mediaType, bytes.length]),
    [
      ['Test TxtA.txt', 'text/plain', 33],
      ['Test TxtB.txt', 'text/plain', 33],
    ],
  )
  const answer = await read(
    'answer.eml',
    [
      'From: Ana <ana@a.example>',
      'Subject: Re: Plan',
      '',
      'I agree.',
      '',
      '-- ',
      'Ana, Head of Plans',
      '',
      'On 3 May 2026, Ben wrote:',
      '> Shall we?',
      '> I agree.',
      '>',
      '> > Once upon a time.',
    ].join('\r\n'),
  )
  assert.deepEqual(answer.authors, ['Ana', 'ana@a.example'])
  assert.deepEqual(shown(answer.blocks), [
    'paragraph: From: Ana <ana@a.example>',
    'paragraph: I agree.',
    'paragraph: --\nAna, Head of Plans',
    'heading: Earlier in this thread',
    'paragraph: On 3 May 2026, Ben wrote:',
    'quote: Shall we?\nI agree.',
    'quote: Once upon a time.',
  ])
})

test('Outlook: text in the code page of its author, forwarded mails, subjects', async () => {
  const chinese = await read('testMSG_chinese.msg')
  assert.equal(chinese.title, 'Alfresco MSG format testing ( MSG 格式測試 )')
  assert.match(chinese.blocks.map(({ text }) => text).join('\n'), /中文測試/)
  const forwarded = await read('testMSG_forwarded.msg')
  assert.deepEqual(shown(forwarded.blocks).slice(1, 3), [
    'paragraph: Forwarded Body',
    'heading: Earlier in this thread',
  ])
  assert.equal(forwarded.blocks.at(-1)?.text, 'Original Body')
})

test('a mailbox: threads by their references, each message with its number, and every text once', async () => {
  const { title, blocks } = await read('complex.mbox')
  assert.equal(title, 'Complex')
  const text = blocks.map((block) => block.text).join('\n')
  assert.equal(
    text.split('When a Mapper completes, MapCompletionEvents are generated').length - 1,
    1,
    'quoted once, kept once',
  )
  assert.equal(text.split('I am being confused by the protocol').length - 1, 1, 'quoted of a mail that is not here')
  assert.deepEqual(
    blocks.flatMap((block) => (block.kind === 'heading' && block.level === 1 ? [block.text] : [])),
    ['Re: question about when shuffle/sort start working'],
  )
  assert.deepEqual(blocks.at(-1)?.place, { kind: 'messages', first: 3, last: 3 })
  const mails = [1, 2, 3].map(
    (n) =>
      `From a@b.example Mon May  4 10:00:0${n} 2026\nSubject: News ${n}\nFrom: a@b.example\n\nNews of day ${n}.\n>From here on all is well.\n\n-- \nThe staff of News and Sons, 12 Long Street, Anytown\n`,
  )
  const box = await read('news.mbox', mails.join('\n'))
  assert.equal(
    box.blocks.filter(({ text: one }) => one.includes('News and Sons')).length,
    1,
    'a signature is told once',
  )
  assert.ok(box.blocks.some(({ text: one }) => one.includes('News of day 3.\nFrom here on all is well.')))
})

test('OpenDocument, RTF, calendars', async () => {
  const { title, blocks } = await read('testODFwithOOo3.odt')
  assert.equal(title, 'Apache Tika Test Document')
  assert.ok(blocks.some(({ kind }) => kind === 'table' || kind === 'list'))
  const rtf = (await read('testRTFVarious.rtf')).blocks.map(({ text }) => text).join('\n')
  assert.match(rtf, /ゾルゲと尾崎/)
  assert.match(rtf, /Row 1 Col 1\tRow 1 Col 2\tRow 1 Col 3\n+Row 2 Col 1/)
  assert.doesNotMatch(rtf, /Michael McCandless/, 'properties are no text')
  const calendar = await read('testICalendar.ics')
  assert.match(calendar.title, /^Susi Hyldgaard/)
  assert.match(calendar.blocks[1]?.text ?? '', /^From: \d{4}-\d\d-\d\d/m)
})

test('CSV: the separator is found out, rows have the numbers of a spreadsheet, an empty one too', async () => {
  const { blocks } = await read('a.csv', 'Name;Stadt\n"Müller; Ana";Köln\n\nBen;"Bad\nEms"\n')
  assert.deepEqual(blocks, [
    {
      kind: 'table',
      text: '| Name | Stadt |\n| --- | --- |\n| Müller; Ana | Köln |\n| Ben | Bad Ems |',
      place: { kind: 'cells', rows: [2, 4], firstColumn: 1, lastColumn: 2 },
    },
  ])
  const latin = await read(
    'b.csv',
    Buffer.from('Name,Straße\nJürgen Müller,Königsallee\nGünther Schröder,Fürstenwall\n', 'latin1'),
  )
  assert.match(latin.blocks[0]?.text ?? '', /\| Jürgen Müller \| Königsallee \|/)
  assert.match((await read('testHTML_charset_utf16le.html')).blocks[0]?.text ?? '', /\p{L}/u)
})

test('JSON: a section for each large part, lines of keys and values for small ones', async () => {
  const { blocks } = await read(
    'a.json',
    JSON.stringify({ name: 'Tessera', ports: [80, 443], notes: { long: 'x '.repeat(500), short: 'y' } }),
  )
  assert.deepEqual(
    shown(blocks).map((text) => text.slice(0, 30)),
    ['list: name: Tessera\nports: 80, 443'.slice(0, 30), 'heading: notes', `list: long: ${'x '.repeat(9)}`],
  )
  const lines = await read('a.jsonl', '{"a":1}\n{"a":2,"b":{"c":3}}\n')
  assert.deepEqual(
    lines.blocks.map(({ text, place }) => [text, place?.kind === 'lines' && place.first]),
    [
      ['- a: 1', 1],
      ['- a: 2\n  b:\n    c: 3', 2],
    ],
  )
})

test('source code: by functions and classes, with the lines that they stand on', async () => {
  const method = (name: string) =>
    `  /** Says ${name}. */\n  ${name}(who: string) {\n${`    console.log('${name}', who)\n`.repeat(30)}  }\n`
  const { title, blocks } = await read(
    'greeter.ts',
    `import a from 'a'\n\n// Greets.\nexport class Greeter {\n${method('hello')}\n${method('bye')}}\n\nexport function main() {\n  return new Greeter()\n}\n`,
  )
  assert.equal(title, 'Greeter')
  assert.deepEqual(
    blocks.flatMap((block) => (block.kind === 'heading' ? [`${block.level} ${block.text}`] : [])),
    ['2 export class Greeter', '3 hello(who: string)', '3 bye(who: string)', '2 export function main()'],
  )
  assert.ok(blocks.some(({ text }) => text.startsWith('// Greets.\nexport class Greeter')))
  for (const { headings, text, place } of placed(title, blocks)) {
    if (headings[1] !== 'bye(who: string)') continue
    assert.match(text, /Says bye/)
    assert.deepEqual(place, { kind: 'lines', first: 39, last: 71 })
  }
  for (const [name, text, heading] of [
    ['a.py', 'def one(x):\n    return x\n\nclass Two:\n    pass\n', 'def one(x)'],
    ['a.go', 'package a\n\nfunc One(x int) int {\n\treturn x\n}\n', 'func One(x int) int'],
    ['a.rs', 'fn one(x: u8) -> u8 {\n    x\n}\n', 'fn one(x: u8) -> u8'],
    ['A.java', 'class One {\n  int two() { return 2; }\n}\n', 'class One'],
    ['a.cpp', 'int one(int x) {\n  return x;\n}\n', 'int one(int x)'],
    ['a.php', '<?php\nfunction one($x) {\n  return $x;\n}\n', 'function one($x)'],
  ] as const) {
    assert.ok(
      (await read(name, text)).blocks.some((block) => block.kind === 'heading' && block.text === heading),
      name,
    )
  }
  assert.deepEqual(
    (await read('a.sql', 'select 1;\n\nselect 2\n  from b;\n')).blocks.map(({ text, place }) => [
      text,
      place?.kind === 'lines' && place.first,
    ]),
    [
      ['select 1;', 1],
      ['select 2\n  from b;', 3],
    ],
  )
})

test('HTML: the main part where a page says which it is; footers and menus are left out, layout tables read through', async () => {
  const page = (body: string) =>
    `<html><head><title>T</title></head><body><header>Our site</header><nav>Menu</nav>${body}<footer>Imprint</footer></body></html>`
  const text = 'A sentence that is long enough to be what the page is about, and then some. '.repeat(2).trim()
  assert.deepEqual(shown((await read('a.html', page(`<main><p>${text}</p></main><aside>See also</aside>`))).blocks), [
    `paragraph: ${text}`,
  ])
  assert.deepEqual(shown((await read('a.html', page(`<p>${text}</p>`))).blocks), [
    'paragraph: Our site',
    `paragraph: ${text}`,
  ])
  const layout = `<table><tr><td><table><tr><td>Left</td></tr></table></td><td><h2>Head</h2><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></td></tr></table>`
  assert.deepEqual(shown((await read('a.html', layout)).blocks), [
    'paragraph: Left',
    'heading: Head',
    'table: | a | b |\n| --- | --- |\n| 1 | 2 |',
  ])
})

/** Two slides with titles, lists, a footer that both have, and notes. */
function pptxOf(titles: readonly string[]): Uint8Array {
  const shape = (type: string, paragraphs: string) =>
    `<p:sp><p:nvSpPr><p:nvPr><p:ph${type && ` type="${type}"`}/></p:nvPr></p:nvSpPr><p:txBody>${paragraphs}</p:txBody></p:sp>`
  const line = (text: string, level = 0) => `<a:p><a:pPr lvl="${level}"/><a:r><a:t>${text}</a:t></a:r></a:p>`
  const tree = (shapes: string) =>
    `<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`
  const relations = (all: readonly string[][]) =>
    `<Relationships>${all.map(([id, type, target]) => `<Relationship Id="${id}" Type="x/${type}" Target="${target}"/>`).join('')}</Relationships>`
  return zipOf({
    '_rels/.rels': relations([['rId1', 'officeDocument', 'ppt/presentation.xml']]),
    'ppt/presentation.xml': `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${titles.map((_, at) => `<p:sldId r:id="rId${at}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      titles.map((_, at) => [`rId${at}`, 'slide', `slides/slide${9 - at}.xml`]),
    ),
    ...Object.fromEntries(
      titles.flatMap((title, at) => [
        [
          `ppt/slides/slide${9 - at}.xml`,
          tree(
            shape('title', line(title)) +
              shape('', line('One') + line('Two', 1)) +
              shape('ftr', line('Confidential')) +
              shape('sldNum', line(String(at + 1))),
          ),
        ],
        [
          `ppt/slides/_rels/slide${9 - at}.xml.rels`,
          relations([['rId1', 'notesSlide', `../notesSlides/notes${at}.xml`]]),
        ],
        [
          `ppt/notesSlides/notes${at}.xml`,
          tree(shape('body', line(`Say it of ${title}.`)) + shape('sldNum', line('7'))),
        ],
      ]),
    ),
  })
}

type Drawn = readonly [text: string, x: number, y: number, size?: number]

const pageOf = (page: number): Drawn[] => [
  [`Chapter ${page}`, 50, 750, 20],
  [`Left one of page ${page}. Left two`, 50, 700],
  ['ends in a divi-', 50, 688],
  ['ded word.', 50, 676],
  [`Right one of page ${page}.`, 320, 700],
  ['Right two.', 320, 688],
  ['\\267 Point one', 50, 600],
  ['\\267 Point two', 50, 588],
  ['Name', 50, 500],
  ['Value', 200, 500],
  ['Alpha', 50, 488],
  ['1', 200, 488],
  ...[400, 388, 376].map((y): Drawn => [`Words of page ${page}${' and more'.repeat(8)}`, 50, y]),
  [`Confidential, page ${page}`, 50, 30],
]

/** A PDF as simple as they get (ISO 32000-1, 7.5), which shows these texts in Helvetica. */
function pdfOf(pages: readonly (readonly Drawn[])[]): Uint8Array {
  const kids = pages.map((_, at) => `${4 + at * 2} 0 R`).join(' ')
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${pages.length}/Kids[${kids}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
    ...pages.flatMap((drawn, at) => {
      const content = drawn
        .map(([text, x, y, size = 10]) => `BT /F1 ${size} Tf ${x} ${y} Td (${text}) Tj ET`)
        .join('\n')
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents ${5 + at * 2} 0 R>>`,
        `<</Length ${content.length}>>stream\n${content}\nendstream`,
      ]
    }),
  ]
  return Buffer.from(
    `%PDF-1.4\n${objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join('')}trailer\n<</Root 1 0 R/Size ${objects.length + 1}>>\n%%EOF`,
    'latin1',
  )
}
