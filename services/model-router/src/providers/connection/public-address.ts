import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether an address belongs to anybody on the internet: not to this machine, a private network, a link (cloud metadata), or one that stands for such an IPv4 address. */
export const isPublic = (address: string) => ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'

/** Thrown where a name that should be on the internet leads into a network of one's own. */
export class PrivateAddressError extends Error {
  readonly code = 'ERR_PRIVATE_ADDRESS'
}

/** Looks names up as Node does, and refuses those of which any address is not public. Asked for each connection, so that a name can't change its mind in between. */
export const createLookupPublic =
  (lookUp: typeof lookup = lookup): LookupFunction =>
  (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true }
    lookUp(hostname, all, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error('No address'), [])
      if (!addresses.every(({ address }) => isPublic(address)))
        return callback(new PrivateAddressError('The provider is not on the internet'), [])
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
