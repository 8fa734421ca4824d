import { contentFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import type { ContentRefusal } from '../sources/source.ts'

/** Why retrieval takes a content in at no time; nothing where it may next time. */
export function refusalOf({ code }: Fault): ContentRefusal | undefined {
  if (code === 'bus.too-large') return 'too-large'
  return contentFaults.find((fault) => fault === code)?.replace('retrieval.', '') as ContentRefusal | undefined
}
