import type { BusFaultCode, Contract, ServiceName } from './contract.ts'
import type { Fault } from '../fault/fault.ts'

/** `<service>.unavailable`, in the words of the service's own catalogue where it has them. */
export function unavailable(
  contract: Pick<Contract, 'service' | 'faults'>,
  detail: string,
): Fault<`${ServiceName}.unavailable` & BusFaultCode> {
  const definition = contract.faults.definitions['unavailable']
  const title = definition?.title ?? `The service ${contract.service} is not available`
  return { code: `${contract.service}.unavailable`, status: definition?.status ?? 503, title, detail }
}
