import type { Fault } from '../fault/fault.ts'

/**
 * How a fault travels through Fastify's hooks and routes to the one error handler. Only for code that Fastify calls;
 * everything behind it returns a `Result`.
 */
export class FaultError extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.code)
    this.fault = fault
  }
}
