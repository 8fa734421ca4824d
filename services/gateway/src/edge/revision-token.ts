import { createHmac, timingSafeEqual } from 'node:crypto'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { httpFaults } from '@tessera/shared/http/faults'

export const revisionHeader = 'Tessera-Revision'
export const atLeastHeader = 'Tessera-At-Least'

export type RevisionTokens = {
  mint(workspaceId: string, revision: number): string
  /** The revision that a token of this workspace stands for. One of another workspace, or not ours, is a fault that names the field it came in. */
  read(workspaceId: string, token: string, field?: string): Result<number>
}

const revisionBytes = 8
const macBytes = 16

/** A revision as clients see it: opaque, authenticated, and bound to its workspace. */
export function createRevisionTokens(key: string): RevisionTokens {
  const sealed = (workspaceId: string, revision: Buffer) =>
    Buffer.concat([
      revision,
      createHmac('sha256', key).update(`revision\n${workspaceId}\n`).update(revision).digest().subarray(0, macBytes),
    ])
  return {
    mint(workspaceId, revision) {
      const bytes = Buffer.alloc(revisionBytes)
      bytes.writeBigUInt64BE(BigInt(revision))
      return sealed(workspaceId, bytes).toString('base64url')
    },
    read(workspaceId, token, field = atLeastHeader) {
      const revision = Buffer.from(token, 'base64url').subarray(0, revisionBytes)
      // Texts are compared, not bytes: base64 can write the same bytes in several ways.
      const given = Buffer.from(token)
      const expected = Buffer.from(sealed(workspaceId, revision).toString('base64url'))
      const genuine = given.length === expected.length && timingSafeEqual(given, expected)
      return genuine && revision.length === revisionBytes
        ? ok(Number(revision.readBigUInt64BE()))
        : fail(foreign(field))
    },
  }
}

const foreign = (field: string) =>
  httpFaults.fault('invalid-request', `${field} is no revision of this workspace.`, {
    errors: [{ field, rule: 'must be a `Tessera-Revision` that this workspace gave out' }],
  })
