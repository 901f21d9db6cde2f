// client makes dynamics-web-api clients for people of the sandbox.
import { DynamicsWebApi } from 'dynamics-web-api'
import { place } from './check.mjs'

const origin = new URL(place.dataverse).origin

/** as returns a client for a person. */
export const as = (user, config = {}) =>
  new DynamicsWebApi({
    serverUrl: origin,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => user.tokens.dataverse,
    ...config,
  })

export const role = (name) => place.users.find((u) => u.role === name)
export const me = role('agent')
export const mine = as(me)
export const admin = as(role('admin'))

/** raw asks with fetch for what the client cannot ask. */
export const raw = (path, init = {}) =>
  fetch(`${place.dataverse}/${path}`, { ...init, headers: { authorization: `Bearer ${me.tokens.dataverse}`, ...init.headers } })

/** wait looks until a condition holds. */
export async function wait(what, test, most = 20000) {
  for (const end = Date.now() + most; Date.now() < end; ) {
    const got = await test()
    if (got) return got
    await new Promise((r) => setTimeout(r, 250))
  }
  throw new Error(`${what} did not happen within ${most} ms`)
}

export const links = 'msdyn_teamschatassociations'
export const configs = 'msdyn_entitylinkchatconfigurations'
export const aCase = place.cases[0].id

/** ofSomebody is a new case of a customer. */
export async function ofSomebody(values) {
  const { value } = await mine.retrieveMultiple({ collection: 'accounts', select: ['name'], top: 1 })
  return { 'customerid_account@odata.bind': `/accounts(${value[0].accountid})`, ...values }
}
