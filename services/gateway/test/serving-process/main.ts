import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { ok } from '@tessera/shared/fault/result'
import { processVariables, runService } from '@tessera/shared/http/run-service'
import { newId } from '@tessera/shared/ids/ids'
import { Type } from 'typebox'
import { createGateway } from '../../src/app.ts'
import { aRun } from '../a-run.ts'
import { createPeople, serve } from '../in-test-services.ts'

/** A gateway as a process of its own, with services that take their time. Tells its port to its parent, and when `n` requests are at work. */
const schema = Type.Object({ ...processVariables, AT_WORK: Type.Integer() })

await runService({ name: 'gateway', environment: process.env, schema }, async ({ config, logger, onClose }) => {
  const network = createInProcessNetwork()
  const people = createPeople()
  people.addKey('tsk_load', { principal: `service:${newId('svc')}`, scopes: ['all'] })
  let atWork = 0
  const work = async () => {
    if (++atWork === config.AT_WORK) process.send?.({ atWork })
    await after(300)
  }
  const run = aRun()
  await serve(network, {
    access: people.handlers,
    retrieval: {
      search: async () => {
        await work()
        return ok({ passages: [], decisionId: newId('dec'), revision: 1 })
      },
    },
    agents: {
      ask: async function* () {
        yield ok(run.started)
        yield ok(run.said)
        await work()
        yield ok(run.completed)
      },
    },
  })
  const bus = network.join('gateway')
  onClose('bus', () => bus.close())
  const gateway = await createGateway({ bus, logger, config: { revisionTokenKey: 'a key for tests, of no other use' } })
  onClose('http', () => gateway.close())
  await gateway.app.listen({ port: config.PORT, host: config.HOST })
  process.send?.({ port: (gateway.app.server.address() as AddressInfo).port })
})
