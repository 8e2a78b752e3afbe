import { CognitoForSupabase } from '@cognito-supabase/cdk';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';

const stack = new Stack(new App(), 'people');
const users = new CognitoForSupabase(stack, 'Users', {
  callbackUrls: ['https://app.example.com/'],
  logoutUrls: ['https://app.example.com/'],
});
new CfnOutput(stack, 'Issuer', { value: users.issuer });
new CfnOutput(stack, 'ClientId', { value: users.client.userPoolClientId });
