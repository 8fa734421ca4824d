import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { createGateway } from './app.ts'

/** The OpenAPI document of the public API, as text. Made from the routes alone: nothing is asked of anybody. */
export async function openapiDocument(): Promise<string> {
  const bus = createInProcessNetwork().join('gateway')
  const gateway = await createGateway({ bus, config: { revisionTokenKey: 'no revision is given out here' } })
  await gateway.app.ready()
  const document = gateway.app.swagger()
  await gateway.close()
  await bus.close({ graceMs: 0 })
  return `${JSON.stringify(document, null, 2)}\n`
}
