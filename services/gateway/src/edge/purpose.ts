import { Purpose } from '@tessera/shared/contracts/access-control/common'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { identityOf } from './identity.ts'

export const purposeHeader = 'Tessera-Purpose'

const shape = Compile(Purpose)

/** What a request is for: as its key binds it, and, where the key doesn't, as it asks the agent. */
export type ChosenPurpose = { readonly ofKey?: string; readonly ofAgent?: string }

/**
 * The purpose of a request (ACCESS.md section 3): chosen among those of its key, the first of them where nothing is said. What no key binds cannot be
 * chosen.
 */
export function keyPurpose(request: FastifyRequest): ChosenPurpose {
  const chosen = chosenIn(request)
  const { purposes = [] } = identityOf(request)
  if (chosen === undefined) return ofKey(purposes[0])
  if (purposes.includes(chosen)) return ofKey(chosen)
  throw invalid(
    purposeHeader,
    purposes.length > 0 ? 'must be one of the purposes of the key' : 'cannot be chosen: no key binds this request',
  )
}

/** The same for a question to an agent, which has purposes of its own: its service judges what a key leaves open. `inBody` is what the question says. */
export function agentPurpose(request: FastifyRequest, inBody?: string): ChosenPurpose {
  const inHeader = chosenIn(request)
  if (inHeader !== undefined && inBody !== undefined && inHeader !== inBody)
    throw invalid(purposeHeader, 'must be what the body says')
  const chosen = inHeader ?? inBody
  const { purposes = [] } = identityOf(request)
  if (purposes.length === 0) return chosen === undefined ? {} : { ofAgent: chosen }
  if (chosen === undefined) return ofKey(purposes[0])
  if (!purposes.includes(chosen))
    throw invalid(inHeader === undefined ? '/purpose' : purposeHeader, 'must be one of the purposes of the key')
  return { ...ofKey(chosen), ...(inBody !== undefined && { ofAgent: inBody }) }
}

const ofKey = (purpose: string | undefined): ChosenPurpose => (purpose === undefined ? {} : { ofKey: purpose })

function chosenIn({ headers }: FastifyRequest): string | undefined {
  const chosen = headers['tessera-purpose']
  if (chosen === undefined || (typeof chosen === 'string' && shape.Check(chosen))) return chosen
  throw invalid(purposeHeader, 'must be a purpose, such as `support`')
}

const invalid = (field: string, rule: string) =>
  new FaultError(httpFaults.fault('invalid-request', `${field} ${rule}.`, { errors: [{ field, rule }] }))
