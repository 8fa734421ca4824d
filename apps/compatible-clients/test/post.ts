/**
 * Posts JSON with a token. A machine that has much else to do may keep access-control from answering in time, which is nothing that is tried here: then it is asked again.
 */
export async function post(url: string, token: string, body: string, headers: Record<string, string> = {}) {
  for (let tries = 0; ; tries++) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    })
    if (tries === 10 || response.status < 503 || !/access\./.test(await response.clone().text())) return response
  }
}
