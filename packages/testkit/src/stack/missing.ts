/** A server that cannot be had on this machine, with what to install. */
export class ServerMissing extends Error {
  override name = 'ServerMissing'
}
