import { createHash } from 'node:crypto'
import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { type FileFacts, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Static } from 'typebox'

export type ReadFile = Pick<Client<typeof connectorsContract>, 'readFile'>

/** A file could not be had. It unwinds out of the queue of files to whoever asked for it. */
export class NoFile extends Error {
  readonly fault: Fault<'retrieval.unavailable' | 'retrieval.changed'>
  constructor(fault: Fault<'retrieval.unavailable' | 'retrieval.changed'>) {
    super(fault.detail)
    this.fault = fault
  }
}

type Version = { dataSourceId: string; documentId: string; contentVersion: string }

/** The file that a version is made of, read in parts from the connectors, who ask for it to be stored; whole, and exactly the one that was meant. */
export async function fetchFile(
  connectors: ReadFile,
  { dataSourceId, documentId, contentVersion }: Version,
  { sizeBytes, sha256 }: Static<typeof FileFacts>,
  call: Call,
): Promise<Uint8Array> {
  const file = Buffer.alloc(sizeBytes)
  for (let offset = 0; offset < sizeBytes;) {
    const part = await connectors.readFile({ dataSourceId, documentId, contentVersion, offset }, call)
    if (!part.ok) throw new NoFile(failed(part.fault))
    const bytes = Buffer.from(part.value.bytes, 'base64')
    if (bytes.length === 0 || offset + bytes.length > sizeBytes)
      throw new NoFile(changed('The file is not the one any more that was to be read.'))
    file.set(bytes, offset)
    offset += bytes.length
  }
  if (createHash('sha256').update(file).digest('hex') !== sha256)
    throw new NoFile(changed('The file is not the one any more that was to be read.'))
  return file
}

export const changed = (detail: string) => retrievalFaults.fault('changed', detail)

const failed = ({ code }: Fault) =>
  code === 'connectors.not-found'
    ? changed('The file is gone.')
    : retrievalFaults.fault('unavailable', `The file could not be read (${code}).`)
