import { SaxesParser } from 'saxes'
import { Refused } from '../refused.ts'

export type XmlNode = {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: (XmlNode | string)[]
}

/** Far deeper than any office program writes. */
const maxDepth = 256
const chunkBytes = 64 * 1024

type Handlers = {
  /** Names are without prefix, since programs choose their own; attributes as they stand. */
  open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  close?: (name: string) => void
  text?: (text: string) => void
}

/** Reads XML from start to end. It resolves no entity but the five of XML itself, and refuses a document type: office formats forbid it (ECMA-376 part 2, 6.1.4). */
export function readXml(bytes: Uint8Array, { open, close, text }: Handlers): void {
  const parser = new SaxesParser({ xmlns: false, position: false })
  let depth = 0
  parser.on('doctype', () => {
    throw new Refused('expands-too-far', 'It declares a document type, which may define entities.')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > maxDepth) throw new Refused('too-deep', 'It is nested too deeply.')
    open?.(localName(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    depth--
    close?.(localName(name))
  })
  if (text) {
    parser.on('text', text)
    parser.on('cdata', text)
  }
  parser.on('error', (error) => {
    throw error
  })
  const decoder = new TextDecoder(encodingOf(bytes))
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    parser.write(decoder.decode(bytes.subarray(at, at + chunkBytes), { stream: true }))
  }
  parser.write(decoder.decode()).close()
}

/** The same as a tree, for parts that are small. */
export function xmlTree(bytes: Uint8Array): XmlNode {
  const root: XmlNode = { name: '', attributes: {}, children: [] }
  const path = [root]
  readXml(bytes, {
    open(name, attributes) {
      const node: XmlNode = { name, attributes, children: [] }
      path.at(-1)?.children.push(node)
      path.push(node)
    },
    close: () => void path.pop(),
    text: (text) => void path.at(-1)?.children.push(text),
  })
  return root
}

export const elements = (node: XmlNode | undefined, name?: string): XmlNode[] =>
  (node?.children ?? []).filter(
    (child): child is XmlNode => typeof child !== 'string' && (name === undefined || child.name === name),
  )

/** The first element of this name at any depth. */
export function findElement(node: XmlNode | undefined, name: string): XmlNode | undefined {
  for (const child of elements(node)) {
    const found = child.name === name ? child : findElement(child, name)
    if (found) return found
  }
  return undefined
}

export function findAll(node: XmlNode, name: string): XmlNode[] {
  return elements(node).flatMap((child) => [...(child.name === name ? [child] : []), ...findAll(child, name)])
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

/** All else is UTF-8 (ECMA-376 part 2, 6.1.4 allows these two). */
const encodingOf = ([a, b]: Uint8Array) =>
  a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
