// npm's oidc-provider, set up as one column of the providers' matrix. The first line of standard input is the setup as
// JSON; each further line changes a person: {"subject", "person": {"name", "email", "password", "groups"?} or null}.
// Every line is answered by one line.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = JSON.parse((await lines.next()).value);
const people = new Map(Object.entries(setup.people));
const issuer = `http://127.0.0.1:${setup.port}`;

// What is said of somebody who is in no group differs from provider to provider.
const groupsOf = (person) => {
  if (person.groups.length > 0) return { groups: person.groups };
  return { missing: {}, empty: { groups: [] }, null: { groups: null } }[setup.no_groups];
};

const groupsInTokens = (person) => (setup.stale_groups ? { groups: setup.stale_groups } : groupsOf(person));

const profileOf = (person) => ({ name: person.name, email: person.email });

const provider = new Provider(issuer, {
  clients: setup.clients,
  jwks: { keys: setup.keys },
  claims: { openid: ['sub'], profile: ['name'], email: ['email'], groups: ['groups'] },
  cookies: { keys: ['a test'] },
  // By default it sends nothing to this machine, where the hub is.
  fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
  subjectTypes: ['public', 'pairwise'],
  // One sector for all clients of a platform, or one for each client.
  pairwiseIdentifier: (ctx, account, client) => createHash('sha256')
    .update(`${setup.pairwise_by === 'client' ? client.clientId : 'platform'}:${account}`).digest('hex'),
  findAccount: (ctx, subject) => (people.has(subject) ? {
    accountId: subject,
    claims: (use) => ({
      sub: subject,
      ...profileOf(people.get(subject)),
      ...(use === 'id_token' ? groupsInTokens(people.get(subject)) : {}),
      ...(use !== 'id_token' && setup.groups_in.includes('userinfo') ? groupsOf(people.get(subject)) : {}),
    }),
  } : undefined),
  extraTokenClaims: (ctx, token) => {
    const person = people.get(token.accountId);
    if (!person || !setup.groups_in.includes('token')) return undefined;
    return { ...profileOf(person), ...groupsInTokens(person) };
  },
  formats: {
    customizers: {
      jwt: (ctx, token, jwt) => {
        if (setup.aud === 'list') jwt.payload.aud = ['somebody-else', jwt.payload.aud];
      },
    },
  },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => { ctx.body = form.replace('</form>', '<input type="hidden" name="logout" value="yes"/></form>'); },
    },
    resourceIndicators: {
      enabled: setup.format === 'jwt',
      defaultResource: () => 'urn:presswerk:hub',
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: '',
        audience: client.clientId,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: setup.algorithm } },
      }),
    },
  },
  enabledJWA: {
    idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  ttl: { AccessToken: setup.access_token_seconds, Grant: 86400, IdToken: 300, Session: 86400, Interaction: 600, RefreshToken: 86400 },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email groups offline_access');
    grant.addResourceScope('urn:presswerk:hub', '');
    await grant.save();
    return grant;
  },
});
provider.proxy = false;

const readForm = async (request) => {
  let body = '';
  for await (const piece of request) body += piece;
  return new URLSearchParams(body);
};

const form = '<form method="post"><input name="login"><input name="password" type="password"></form>';

const interact = async (request, response) => {
  if (request.method !== 'POST') {
    response.setHeader('Content-Type', 'text/html');
    response.end(form);
    return;
  }
  const sent = await readForm(request);
  const person = people.get(sent.get('login'));
  const known = person !== undefined && person.password === sent.get('password');
  const result = known ? { login: { accountId: sent.get('login') } } : { error: 'access_denied' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};

const callback = provider.callback();
const server = createServer((request, response) => {
  const work = request.url.startsWith('/interaction/') ? interact : callback;
  Promise.resolve(work(request, response)).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
provider.on('server_error', (ctx, error) => console.error(error));
provider.on('backchannel.error', (ctx, error) => console.error(String(error)));
server.listen(setup.port, '127.0.0.1', () => console.log(JSON.stringify({ issuer })));

for await (const line of lines) {
  const { subject, person } = JSON.parse(line);
  if (person === null) people.delete(subject);
  else people.set(subject, person);
  console.log(JSON.stringify({ done: subject }));
}
server.close();
server.closeAllConnections();
