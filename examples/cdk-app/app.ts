import { CognitoForSupabase, ConnectOutputs, Reader } from '@cognito-supabase/cdk';
import { App, Stack } from 'aws-cdk-lib';

const stack = new Stack(new App(), 'cognito-supabase-dev');
const users = new CognitoForSupabase(stack, 'Users', {
  callbackUrls: ['https://app.example.com/'],
  logoutUrls: ['https://app.example.com/'],
});
const reader = new Reader(stack, 'Reader', { pool: users.pool });
new ConnectOutputs(stack, 'Outputs', { users, reader });
