import { createAssertionKeys, parseSigningKey, parseTrust, serviceNames } from './assertion-keys.ts'
import { createAssertions, mayAssert } from './assertion.ts'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import type { ServiceName } from './contract.ts'

const ana = { workspaceId: 'wsp_1', subject: 'user:usr_ana', actors: [], scopes: ['search'] }

function signingAt(clock: { nowMs(): number }) {
  const { signingKeys, trust } = createAssertionKeys()
  return (service: ServiceName) =>
    createAssertions({ service, signingKey: parseSigningKey(signingKeys[service]), trust: parseTrust(trust), clock })
}

suite('assertions', () => {
  test('an assertion gives back the caller that it was signed for, to every service', () => {
    const assertions = signingAt({ nowMs: () => Date.now() })
    const signed = assertions('gateway').sign(ana)
    for (const service of serviceNames) assert.deepEqual(assertions(service).verify(signed), { ok: true, caller: ana })
  })

  test('one that was believed before is refused when its minute is over', () => {
    let nowMs = 1_000_000
    const assertions = signingAt({ nowMs: () => nowMs })
    const receiver = assertions('access')
    const signed = assertions('gateway').sign(ana)
    nowMs += 60_000
    assert.equal(receiver.verify(signed).ok, true)
    nowMs += 5_000
    assert.equal(receiver.verify(signed).ok, false)
    assert.equal(assertions('access').verify(signed).ok, false)
  })

  test('the same caller is signed for once in some seconds, and never with less than 55 seconds left', () => {
    let nowMs = 1_000_000
    const assertions = signingAt({ nowMs: () => nowMs })
    const [sender, receiver] = [assertions('gateway'), assertions('access')]
    const first = sender.sign(ana)
    assert.equal(sender.sign({ ...ana }), first)
    for (const other of [
      { ...ana, scopes: [] },
      { ...ana, actors: ['agent:agt_1'] },
      { ...ana, workspaceId: 'wsp_2' },
    ])
      assert.deepEqual(receiver.verify(sender.sign(other)), { ok: true, caller: other })
    nowMs += 5_000
    const second = sender.sign(ana)
    assert.notEqual(second, first)
    nowMs += 4_999
    assert.equal(sender.sign(ana), second)
    nowMs += 55_000
    assert.equal(receiver.verify(second).ok, true)
    nowMs -= 120_000
    assert.notEqual(sender.sign(ana), second)
  })

  test('whatever arrives instead of an assertion is refused, and nothing throws', () => {
    const assertions = signingAt({ nowMs: () => Date.now() })
    const signed = assertions('gateway').sign(ana)
    const [claims = '', signature = ''] = signed.split('.')
    const { iss, ...unnamed } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wrong = [
      undefined,
      '',
      '.',
      '..',
      claims,
      `${claims}.`,
      `.${signature}`,
      `${signed}.${signature}`,
      `${claims}.${randomBytes(64).toString('base64url')}`,
      `${claims}.${signature.slice(0, -4)}`,
      `${encoded(unnamed)}.${signature}`,
      `${encoded({ ...unnamed, iss: 'agents' })}.${signature}`,
      `${encoded({ ...unnamed, iss: '__proto__' })}.${signature}`,
      `${encoded({ ...unnamed, iss, exp: '9' })}.${signature}`,
      `${encoded(null)}.${signature}`,
      `${encoded([])}.${signature}`,
      ...Array.from({ length: 200 }, () => randomBytes(80).toString('latin1')),
    ]
    for (const assertion of wrong) assert.equal(assertions('access').verify(assertion).ok, false, assertion)
  })

  test('a service is believed only about whom the rules list for it', () => {
    const callers: [string, string[], ServiceName[]][] = [
      ['user:usr_1', [], ['gateway']],
      ['user:usr_1', ['agent:agt_1'], ['gateway', 'agents']],
      ['user:usr_1', ['agent:agt_1', 'service:svc_1'], ['gateway']],
      // An app that exchanged a user's token; agents may go on for it.
      ['user:usr_1', ['service:svc_1'], ['gateway']],
      ['user:usr_1', ['service:svc_1', 'agent:agt_1'], ['gateway', 'agents']],
      ['service:svc_1', [], ['gateway']],
      ['service:svc_1', ['agent:agt_1', 'agent:agt_2'], ['gateway', 'agents']],
      ['connector:src_1', [], ['connectors']],
      ['connector:src_1', ['agent:agt_1'], []],
      ['connector:usr_1', [], []],
      ['system:access', ['agent:agt_1'], []],
      ['group:grp_1', [], []],
      ['user:', [], []],
      ['connector:src_', [], []],
      ['', [], []],
      ...serviceNames.map((service): [string, string[], ServiceName[]] => [`system:${service}`, [], [service]]),
    ]
    for (const [subject, actors, allowed] of callers)
      assert.deepEqual(
        serviceNames.filter((service) => mayAssert(service, { ...ana, subject, actors })),
        allowed,
        `${subject} ${actors.join()}`,
      )
  })
})

suite('assertion keys', () => {
  test('what is not an Ed25519 key is refused, and never printed', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsaKey = rsa.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    for (const key of ['', 'hunter2', Buffer.from('hunter2').toString('base64'), rsaKey])
      assert.throws(() => parseSigningKey(key), { message: 'An assertion key is not an Ed25519 key in DER, base64' })
    assert.throws(() => parseTrust(JSON.stringify({ access: 'hunter2' })), /not an Ed25519 key/)
    assert.throws(() => parseTrust(JSON.stringify({ nobody: '' })), /nobody/)
  })
})
