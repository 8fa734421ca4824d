import { createHash } from 'node:crypto'
import type { Caller } from '@tessera/shared/bus/call'
import type { ProviderRequest } from '../providers/provider.ts'
import type { Moment } from './exact-cache.ts'

/**
 * What makes two requests the very same (ACCESS.md section 8): workspace, reader, chain, revision, model, and the request to the letter, as its provider would get it. The
 * revision stands for the policies in force as well, which change only with it; the decisions stand for the audience that they were made for.
 */
export function keyOf(
  { workspaceId, revision, version }: Moment,
  { subject, actors, keyId, purpose }: Caller,
  { model, decisionIds, request }: { model: string; decisionIds: readonly string[]; request: ProviderRequest },
): string {
  const all = [workspaceId, revision, version, subject, actors, keyId, purpose, model, decisionIds.toSorted(), request]
  return createHash('sha256').update(JSON.stringify(all)).digest('base64url')
}
