import { Readable, Transform, type TransformCallback } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Tokenize } from 'rtf-stream-parser'
import { ToPlainText } from 'rtf-stream-parser/dist/src/ToPlainText.js'
import { isKnown } from '../decode-text.ts'
import type { Block } from '../block.ts'
import { blocksOfPlainText } from './plain-text.ts'
import { canonicalText } from '../unreadable.ts'
import { Refused } from '../refused.ts'

/** The paragraphs of a rich text. Pictures, properties, heads and feet of pages are left out. */
export async function blocksOfRtf(bytes: Uint8Array): Promise<Block[]> {
  if (Buffer.from(bytes.subarray(0, 5)).toString('latin1') !== '{\\rtf')
    throw new Refused('damaged', 'It does not begin as RTF does.')
  const tokens = Readable.from([Buffer.from(bytes)])
    .compose(new Tokenize())
    .compose(new WithoutAsides())
  const written = await text(tokens.compose(new ToPlainText({ decode: decodeRtf, warn: () => undefined })))
  return blocksOfPlainText(canonicalText(written)).map(({ place: _place, ...block }) => block)
}

/** A token as rtf-stream-parser makes them; its types are constant enums of its own. */
type Token = { type: number; word?: string }
const [groupStart, groupEnd, control] = [0, 1, 2]
const asides = new Set([
  'info',
  'header',
  'headerl',
  'headerr',
  'headerf',
  'footer',
  'footerl',
  'footerr',
  'footerf',
  'pict',
  'stylesheet',
])

/** Drops groups that are beside the text, and lets the cells of a table be told apart. */
class WithoutAsides extends Transform {
  #depth = 0
  #droppedFrom: number | undefined
  #opened = false

  constructor() {
    super({ objectMode: true })
  }

  override _transform(token: Token, _encoding: string, done: TransformCallback) {
    if (token.type === groupStart) this.#depth++
    if (this.#droppedFrom === undefined && this.#opened && token.type === control && asides.has(token.word ?? '')) {
      this.#droppedFrom = this.#depth
    }
    this.#opened = token.type === groupStart
    if (token.type === groupEnd) {
      if (this.#droppedFrom === this.#depth) this.#droppedFrom = undefined
      this.#depth--
    }
    if (this.#droppedFrom !== undefined) return done()
    if (token.type === control && /^(nest)?cell$/.test(token.word ?? '')) return done(null, { ...token, word: 'tab' })
    if (token.type === control && /^(nest)?row$/.test(token.word ?? '')) return done(null, { ...token, word: 'par' })
    done(null, token)
  }
}

const names: Readonly<Record<string, string>> = {
  ...{ cp932: 'shift_jis', cp936: 'gbk', cp949: 'euc-kr', cp950: 'big5' },
  ...{ cp10000: 'macintosh', cp65001: 'utf-8', cp20127: 'latin1' },
}

/** Decodes what RTF says in a code page. */
export function decodeRtf(bytes: Buffer, encoding: string): string {
  const name = names[encoding] ?? encoding.replace(/^cp/, 'windows-')
  return new TextDecoder(isKnown(name) ? name : 'windows-1252').decode(bytes)
}
