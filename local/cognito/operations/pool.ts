/** The pool itself, described as the service describes it. There is one; cognito-local can make more. */
import { awsError, notFound } from '../errors.ts';
import { Input } from '../input.ts';
import { callBase, checkPool, type Room } from '../kit.ts';

const onePool = () => {
  throw awsError('UnsupportedOperationException', 'The local user pool is one, and stays.');
};

export const pool: Room = (kit) => ({
  CreateUserPool: onePool,
  DeleteUserPool: onePool,

  DescribeUserPool: ({ input }) => {
    checkPool(kit, input);
    return {
      UserPool: { ...kit.pool.options, EstimatedNumberOfUsers: kit.pool.users().length },
    };
  },

  DescribeUserPoolClient: async ({ input }) => {
    checkPool(kit, input);
    const id = input.text('ClientId');
    const client = await kit.cognito.getAppClient(kit.ctx, id);
    if (client?.UserPoolId !== kit.pool.options.Id)
      throw notFound(`User pool client ${id} does not exist.`);
    return { UserPoolClient: client };
  },

  CreateUserPoolClient: ({ input }) => {
    checkPool(kit, input);
    input.text('ClientName');
    const units = { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' };
    const TokenValidityUnits = { ...units, ...input.strings('TokenValidityUnits') };
    return callBase(kit, 'CreateUserPoolClient', new Input({ ...input.raw, TokenValidityUnits }));
  },

  ListUserPoolClients: async ({ input }) => {
    checkPool(kit, input);
    const clients = await kit.cognito.listAppClients(kit.ctx, kit.pool.options.Id);
    return {
      UserPoolClients: clients.map(({ ClientId, ClientName, UserPoolId }) => ({
        ClientId,
        ClientName,
        UserPoolId,
      })),
    };
  },
});
