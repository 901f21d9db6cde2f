// client makes Microsoft's Graph clients for people of the sandbox.
import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { place } from './check.mjs'

export const graph = createRequire(import.meta.url)('@microsoft/microsoft-graph-client')

// The client sends tokens to https addresses only and reads links of no other
// scheme. The sandbox's Graph speaks http on loopback, so fetch plays the TLS
// end: what leaves loses the s, and links that come back gain it.
const plain = new URL(place.graph).origin
export const origin = plain.replace('http://', 'https://')
const network = globalThis.fetch
export const wire = { last: null, sent: [] }
globalThis.fetch = async (input, init = {}) => {
  const url = (typeof input === 'string' ? input : input.url).replace(origin, plain)
  wire.sent.push({ url, method: init.method ?? 'GET', headers: { ...init.headers } })
  const res = await network(typeof input === 'string' ? url : new Request(url, input), init)
  wire.last = { status: res.status, headers: res.headers }
  if (!(res.headers.get('content-type') ?? '').includes('json')) return res
  const text = (await res.text()).replaceAll(plain, origin)
  return new Response([204, 304].includes(res.status) ? null : text, { status: res.status, statusText: res.statusText, headers: res.headers })
}

/** as returns a client with Microsoft's whole middleware for a token. */
export function as(token) {
  return graph.Client.initWithMiddleware({
    baseUrl: origin,
    customHosts: new Set([new URL(origin).hostname]),
    authProvider: { getAccessToken: async () => token },
  })
}

export const users = place.users
export const me = users.find((u) => u.role === 'agent')
export const others = users.filter((u) => u.id !== me.id && u.role !== 'guest')
export const mine = as(me.tokens.graph)

/** form posts to Entra's token endpoint. */
async function form(values) {
  const res = await network(`${place.entra}/${place.tenantId}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(values) })
  const json = await res.json()
  if (!res.ok) throw new Error(json.error_description)
  return json.access_token
}

/** tokenWith signs a person in for these Graph scopes only. */
export async function tokenWith(user, ...scopes) {
  const verifier = randomBytes(32).toString('base64url')
  const redirect = 'http://localhost:3999'
  const q = new URLSearchParams({
    client_id: place.clientId, response_type: 'code', redirect_uri: redirect, scope: scopes.join(' '), sandbox_user: user.upn,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  })
  const res = await network(`${place.entra}/${place.tenantId}/oauth2/v2.0/authorize?${q}`, { redirect: 'manual' })
  const code = new URL(res.headers.get('location')).searchParams.get('code')
  return form({ grant_type: 'authorization_code', client_id: place.clientId, code, redirect_uri: redirect, code_verifier: verifier, scope: scopes.join(' ') })
}

/** companionToken is a token of the companion in its own name. */
export const companionToken = () =>
  form({
    grant_type: 'client_credentials', client_id: '5b1f2c7e-9d3a-4c86-a1e4-0c0ffee0cafe',
    client_secret: 'sandbox~companion~secret~is~no~secret', scope: 'https://graph.microsoft.com/.default',
  })

/** member is a member in a request. */
export const member = (user, more = {}) => ({
  '@odata.type': '#microsoft.graph.aadUserConversationMember',
  roles: [user.role === 'guest' ? 'guest' : 'owner'],
  'user@odata.bind': `https://graph.microsoft.com/v1.0/users('${user.id}')`,
  ...more,
})

/** group makes a new group chat of mine with these people. */
export const group = (topic, ...people) =>
  mine.api('/chats').post({ chatType: 'group', topic, members: [me, ...people].map((u) => member(u)) })

/** all reads a list to its end with the page iterator. */
export async function all(client, path, most = 10000) {
  const rows = []
  const first = await client.api(path).get()
  await new graph.PageIterator(client, first, (row) => rows.push(row) < most).iterate()
  return rows
}

/** once is a client call without Microsoft's retries. */
export const once = [new graph.RetryHandlerOptions(0, 0)]
