import pg from 'pg';
import { readFileSync } from 'node:fs';
const env = Object.fromEntries(readFileSync('/tmp/rls-scratch/stack.env','utf8').trim().split('\n').map(l=>[l.slice(0,l.indexOf('=')),l.slice(l.indexOf('=')+1)]));
const c = new pg.Client({connectionString: env.SUPABASE_DB_URL}); await c.connect();
const {rows:[p]} = await c.query(`select cognito_sub sub, pg_backend_pid() pid from app_users order by id offset 5000 limit 1`);
const claims = JSON.stringify({sub:p.sub, role:'authenticated', token_use:'access', client_id: env.COGNITO_CLIENT_ID, iss: env.COGNITO_ISSUER, origin_jti:'x', auth_time: 1790000000, exp: 1, iat:1, jti:'abc', username: p.sub, scope:'aws.cognito.signin.user.admin', version:2});
const cpu=()=>Number(readFileSync(`/proc/${p.pid}/schedstat`,'utf8').split(' ')[0])/1000;
const V=(process.argv[2]??'true|scratch.noop()|scratch.noop3()|scratch.t3()|private.is_trusted()|scratch.t1()|scratch.t5()|scratch.f1()|scratch.f2()').split('|');
const R:number[][]=V.map(()=>[]);
for(let k=0;k<12;k++) for(const [i,v] of V.entries()){
  const n=300; const a=cpu();
  for(let j=0;j<n;j++){ await c.query('begin'); await c.query({name:'s',text:`select set_config('request.jwt.claims',$1,true)`,values:[claims]}); await c.query({name:'v'+i,text:`select ${v}`}); await c.query('commit'); }
  if(k>0) R[i]!.push((cpu()-a)/n);
}
for(const [i,v] of V.entries()){const r=R[i]!.sort((a,b)=>a-b); console.log(r[0]!.toFixed(1), r[r.length>>1]!.toFixed(1), v);}
await c.end();
