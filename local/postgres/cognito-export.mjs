// Prints every user of a user pool as CSV, in the columns of Wrappers' cognito.users. It is the program
// behind the stand-in for the wrapper (extensions/wrappers--0.5.6.sql), run by Postgres for each scan:
// pages of 60, one after another, as Wrappers reads them. It imports nothing, because it runs from a copy
// beside the data folder. It gets no secret, because the emulator needs none.

const [endpoint, userPoolId] = process.argv.slice(2);

if (!endpoint || !userPoolId) {
  console.error('cognito.users is not connected: run select cognito.connect()');
  process.exit(3);
}

// A scan with `limit` closes the pipe early. That is not a failure.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 4));

const csv = (value) => (value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`);

/** Seconds since the epoch → `timestamp` text, in UTC, as Wrappers gives it. */
const timestamp = (seconds) =>
  new Date(seconds * 1000).toISOString().slice(0, 23).replace('T', ' ');

const row = (user) => {
  const email = user.Attributes.find((attribute) => attribute.Name === 'email')?.Value;
  const attributes = user.Attributes.map(({ Name, Value }) => ({ [Name]: Value }));
  return [
    csv(user.Username),
    csv(email),
    csv(user.UserStatus),
    csv(user.Enabled),
    csv(timestamp(user.UserCreateDate)),
    csv(timestamp(user.UserLastModifiedDate)),
    csv(JSON.stringify(attributes)),
  ].join(',');
};

async function page(token) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.ListUsers',
    },
    body: JSON.stringify({ UserPoolId: userPoolId, Limit: 60, PaginationToken: token }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`ListUsers: ${body.__type}: ${body.message}`);
  return body;
}

try {
  let token;
  do {
    const { Users, PaginationToken } = await page(token);
    // Wrappers ends the scan at an empty page without an error, even if more pages follow.
    if (Users.length === 0) break;
    const text = Users.map((user) => `${row(user)}\n`).join('');
    if (!process.stdout.write(text)) {
      await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    token = PaginationToken;
  } while (token);
} catch (error) {
  console.error(error.message);
  process.exitCode = 4;
}
