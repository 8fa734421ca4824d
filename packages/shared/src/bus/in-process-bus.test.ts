import { createAssertionKeys, parseSigningKey, parseTrust } from './assertion-keys.ts'
import { busConforms } from './bus.conformance.ts'
import { createAssertions } from './assertion.ts'
import { createInProcessNetwork } from './in-process-bus.ts'

busConforms({
  name: 'in process',
  async network(t) {
    const keys = createAssertionKeys()
    const network = createInProcessNetwork({ keys, heartbeatMs: 500 })
    return {
      async join(service) {
        const bus = network.join(service)
        t.after(() => bus.close({ graceMs: 0 }))
        return bus
      },
      assertions: (service, { nowMs } = {}) =>
        createAssertions({
          service,
          signingKey: parseSigningKey(keys.signingKeys[service]),
          trust: parseTrust(keys.trust),
          clock: { nowMs: () => nowMs ?? Date.now() },
        }),
    }
  },
})
