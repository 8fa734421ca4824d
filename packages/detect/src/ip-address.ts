import { isIPv4, isIPv6 } from 'node:net'
import type { Stretch } from './finding.ts'
import { before, standsAlone } from './nearby.ts'

const fourNumbers = /(?:\d{1,3}\.){3}\d{1,3}/g
const hexGroups = /[0-9a-f]{0,4}:[0-9a-f:]{1,38}(?:\.\d{1,3}){0,3}(?:%[\w.-]{1,16})?/gi

/** Those that name no machine: this one, all of them, none, and masks of networks. */
const special = /^(?:0\.|127\.|255\.)/
const version =
  /(?:\b(?:chapter|section|kapitel|abschnitt|chapitre|cap[ií]tulo|versions?|releases?|build|ver|rev|firmware|kernel|v)\.?\s{0,2}[:=]?\s{0,2}|[A-Za-z]\/)$/i
/** `3.1.2.4 Backups` is a heading with a number. */
const section = /^(?:[1-9]|[12]\d)(?:\.(?:[1-9]|[12]\d)){3}$/

/** IP addresses of both versions that name a machine or a network, with the zone that may follow. */
export function* findIpAddresses(text: string): Generator<Stretch | undefined> {
  for (const { 0: shown, index } of text.matchAll(fourNumbers)) yield version4At(text, [index, index + shown.length])
  for (const { 0: shown, index } of text.matchAll(hexGroups)) yield version6At(text, shown, index)
}

function version4At(text: string, stretch: Stretch): Stretch | undefined {
  const shown = text.slice(...stretch)
  const led = before(text, stretch[0], 16)
  if (!isIPv4(shown) || special.test(shown) || !standsAlone(text, stretch) || version.test(led)) return undefined
  return section.test(shown) && /(?:^|\n)[#*\s]*$/.test(led) ? undefined : stretch
}

function version6At(text: string, matched: string, start: number): Stretch | undefined {
  const shown = matched.replace(/(?<!:):$/, '')
  const [address = '', zone] = shown.split('%')
  const end = start + (zone === undefined || isIPv6(shown) ? shown.length : address.length)
  if (text[start - 1] === ':' || !isIPv6(address) || !isAllocated(address)) return undefined
  return standsAlone(text, [start, end]) ? [start, end] : undefined
}

/**
 * Global unicast, unique local, link-local and multicast addresses, mapped and translated ones (RFC 4291, 4193, 6052): everything else that is written alike, such as
 * `ab::cd` in source code, is none.
 */
function isAllocated(address: string): boolean {
  if (/^(?:::ffff:|64:ff9b:)/i.test(address)) return true
  const first = Number.parseInt(address.split(':')[0] || '0', 16)
  return (first & 0xe000) === 0x2000 || (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || first >= 0xff00
}
