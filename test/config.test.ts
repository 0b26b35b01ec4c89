import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { leerConfig } from '../src/config.ts';
import { alias, ErrorConfiguracion, variablesConocidas } from '../src/config_entorno.ts';
import { ErrorSecretos } from '../src/datos/secretos.ts';

const RAIZ = join(import.meta.dirname, '..');
const carpeta = mkdtempSync(join(tmpdir(), 'nora-config-'));
after(() => rmSync(carpeta, { recursive: true, force: true }));

const leer = (entorno: Record<string, string>) => leerConfig({ DATOS_DIR: carpeta, ...entorno }, carpeta);
const supabase = {
  SUPABASE_URL: 'https://x.supabase.co/',
  SUPABASE_SECRET_KEY: 'sb_secret_x',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  SUPABASE_JWT_SECRET: 's'.repeat(32),
  DATABASE_URL: 'postgresql://u:c@h:5432/postgres',
};
const produccion = {
  ...supabase,
  ENTORNO: 'produccion',
  SECRETO_SESION: 'a'.repeat(32),
  CLAVE_CIFRADO: Buffer.alloc(32, 7).toString('base64'),
  URL_PUBLICA: 'https://nora.mx',
};

describe('configuración', () => {
  test('sin nada puesto queda lista para una máquina local', () => {
    const c = leer({});
    assert.equal(c.entorno, 'local');
    assert.equal(c.host, '127.0.0.1');
    assert.equal(c.urlPublica, 'http://localhost:3000');
    assert.equal(c.base.modo, 'embebido');
    assert.equal(c.demo, true);
    assert.equal(c.twilio, null);
    assert.equal(c.openai, null);
    assert.equal(c.admin, null);
    assert.equal(c.mensajes.esperaRafagaMs, 1200);
    assert.equal(c.secretos.cifrado.length, 32);
  });

  test('los secretos generados se guardan con permisos 0600 y no cambian en la segunda lectura', () => {
    const a = leer({});
    const b = leer({});
    assert.deepEqual(a.secretos, b.secretos);
    assert.equal(a.base.jwtSecreto, b.base.jwtSecreto);
    assert.equal(statSync(join(carpeta, 'secretos.json')).mode & 0o777, 0o600);
  });

  test('un secretos.json dañado no se pisa: se dice qué hacer', () => {
    const otra = mkdtempSync(join(tmpdir(), 'nora-config-'));
    writeFileSync(join(otra, 'secretos.json'), '{"sesion":');
    assert.throws(() => leerConfig({ DATOS_DIR: otra }), /dañado/);
    assert.equal(readFileSync(join(otra, 'secretos.json'), 'utf8'), '{"sesion":');
    rmSync(otra, { recursive: true });
  });

  test('una carpeta de datos donde no se puede escribir se dice en una línea con su variable', () => {
    const archivo = join(carpeta, 'no_es_carpeta');
    writeFileSync(archivo, '');
    assert.throws(
      () => leerConfig({ DATOS_DIR: join(archivo, 'datos') }),
      (e) =>
        e instanceof ErrorSecretos &&
        /^DATOS_DIR: .*no_es_carpeta/.test(e.message) &&
        !e.message.includes('\n'),
    );
  });

  test('los nombres viejos se aceptan y el nuevo les gana', () => {
    const { SUPABASE_SECRET_KEY: _, ...sin } = supabase;
    assert.equal(leer({ ...sin, SUPABASE_KEY: 'vieja' }).base.llaveSecreta, 'vieja');
    assert.equal(leer({ ...supabase, SUPABASE_KEY: 'vieja' }).base.llaveSecreta, 'sb_secret_x');
    assert.deepEqual(leer({ SECRET_KEY: 'x'.repeat(40) }).secretos.sesion, ['x'.repeat(40)]);
    assert.deepEqual(Object.values(alias).sort(), ['SECRETO_SESION', 'SUPABASE_SECRET_KEY']);
  });

  test('las URL pierden la diagonal final y SECRETO_SESION admite varios para rotar', () => {
    assert.equal(leer({ URL_PUBLICA: 'https://a.mx/' }).urlPublica, 'https://a.mx');
    assert.equal(leer(supabase).base.supabaseUrl, 'https://x.supabase.co');
    const dos = `${'n'.repeat(32)}, ${'v'.repeat(32)}`;
    assert.deepEqual(leer({ SECRETO_SESION: dos }).secretos.sesion, ['n'.repeat(32), 'v'.repeat(32)]);
  });

  test('la clave de firma ES256 se lee suelta o en lista', () => {
    const jwk = { kty: 'EC', crv: 'P-256', kid: 'k1', x: 'x', y: 'y', d: 'd', alg: 'ES256' };
    const { SUPABASE_JWT_SECRET: _, ...sin } = supabase;
    for (const v of [jwk, [jwk]])
      assert.equal(leer({ ...sin, SUPABASE_JWT_CLAVE: JSON.stringify(v) }).base.jwtClave?.kid, 'k1');
  });

  const rechazos: [string, Record<string, string>, RegExp][] = [
    ['Twilio sin token', { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` }, /TWILIO_AUTH_TOKEN/],
    ['Twilio sin cuenta', { TWILIO_AUTH_TOKEN: 'x' }, /TWILIO_ACCOUNT_SID/],
    [
      'Twilio sin dirección a donde entregar',
      { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'x' },
      /^Falta URL_PUBLICA: TWILIO_ACCOUNT_SID/,
    ],
    ['URL de Twilio sola', { TWILIO_API_URL: 'http://x.mx' }, /TWILIO_ACCOUNT_SID/],
    [
      'cuenta de Twilio con mala forma',
      { TWILIO_ACCOUNT_SID: 'x', TWILIO_AUTH_TOKEN: 'y' },
      /TWILIO_ACCOUNT_SID/,
    ],
    ['URL de OpenAI sin llave', { OPENAI_BASE_URL: 'http://x.mx/v1' }, /OPENAI_API_KEY/],
    ['modelo de OpenAI sin llave', { OPENAI_MODELO: 'm' }, /OPENAI_API_KEY/],
    ['aplicación de Meta sin secreto', { META_APP_ID: '12345' }, /META_APP_SECRET/],
    ['secreto de Meta sin aplicación', { META_APP_SECRET: 'a'.repeat(32) }, /META_APP_ID/],
    ['configuración de Meta sin aplicación', { META_CONFIG_ID: '12345' }, /META_CONFIG_ID.*META_APP_ID/],
    ['correo sin remitente', { SMTP_URL: 'smtp://x.mx' }, /CORREO_REMITENTE/],
    ['remitente sin correo', { CORREO_REMITENTE: 'a@b.mx' }, /SMTP_URL/],
    ['administrador sin clave', { ADMIN_CORREO: 'a@b.mx' }, /ADMIN_CLAVE/],
    ['clave sin administrador', { ADMIN_CLAVE: 'una clave larga' }, /ADMIN_CORREO/],
    ['DATABASE_URL sola', { DATABASE_URL: supabase.DATABASE_URL }, /SUPABASE_URL/],
    ['llave de Supabase sola', { SUPABASE_SECRET_KEY: 'x' }, /SUPABASE_URL/],
    [
      'Supabase sin llave publicable',
      { ...supabase, SUPABASE_PUBLISHABLE_KEY: '' },
      /Falta SUPABASE_PUBLISHABLE_KEY/,
    ],
    ['Supabase sin llave secreta', { ...supabase, SUPABASE_SECRET_KEY: '' }, /Falta SUPABASE_SECRET_KEY/],
    ['Supabase sin conexión directa', { ...supabase, DATABASE_URL: '' }, /Falta DATABASE_URL/],
    ['Supabase sin con qué firmar', { ...supabase, SUPABASE_JWT_SECRET: '' }, /SUPABASE_JWT_CLAVE/],
    ['dos formas de firmar', { ...supabase, SUPABASE_JWT_CLAVE: '{}' }, /SUPABASE_JWT_CLAVE/],
    ['dos bases', { ...supabase, POSTGREST_URL: 'http://x' }, /POSTGREST_URL/],
    [
      'PostgREST sin base',
      { POSTGREST_URL: 'http://x', SUPABASE_JWT_SECRET: 's'.repeat(32) },
      /DATABASE_URL/,
    ],
    [
      'pooler de transacciones',
      { ...supabase, DATABASE_URL: 'postgresql://u:c@h.pooler.supabase.com:6543/postgres' },
      /6543/,
    ],
    ['puerto que no es número', { PORT: 'tres' }, /^PORT: .*número/],
    ['ENTORNO desconocido', { ENTORNO: 'prod' }, /^ENTORNO: .*local, produccion/],
    ['CLAVE_CIFRADO corta', { CLAVE_CIFRADO: 'corta' }, /^CLAVE_CIFRADO: .*32 bytes/],
    ['SECRETO_SESION corto', { SECRETO_SESION: 'corto' }, /^SECRETO_SESION: .*32/],
    ['precios que no son JSON', { PRECIOS_IA: 'barato' }, /^PRECIOS_IA: .*JSON/],
    ['precios negativos', { PRECIOS_IA: '{"m":{"entrada":-1,"salida":1}}' }, /^PRECIOS_IA: /],
  ];
  for (const [nombre, entorno, mensaje] of rechazos)
    test(`no arranca: ${nombre}`, () => {
      assert.throws(
        () => leer(entorno),
        (e) => e instanceof ErrorConfiguracion && mensaje.test(e.message) && !e.message.includes('\n'),
      );
    });

  describe('DATABASE_URL hacia afuera', () => {
    const con = (resto: string, entorno = {}) =>
      leer({ ...supabase, ...entorno, DATABASE_URL: `postgresql://u:mi-clave@${resto}` }).base.databaseUrl;

    test('sin decir cómo se cifra no arranca, y la línea dice qué agregar sin repetir la clave', () => {
      for (const servidor of [
        'db.xxxx.supabase.co:5432/postgres',
        'aws-0-us-east-1.pooler.supabase.com:5432/postgres',
        '203.0.113.7/nora',
        '172.32.0.1/nora',
        '[2001:db8::1]:5432/nora',
        'x/nora?host=db.xxxx.supabase.co',
      ])
        for (const entorno of [{}, produccion])
          assert.throws(
            () => con(servidor, entorno),
            (e) =>
              e instanceof ErrorConfiguracion &&
              /^DATABASE_URL: .*sslmode=verify-full&sslrootcert=/.test(e.message) &&
              !/mi-clave|\n/.test(e.message),
            servidor,
          );
    });

    test('con sslmode, aunque sea para no cifrar, arranca', () => {
      for (const resto of ['sslmode=verify-full&sslrootcert=/c/prod-ca-2021.crt', 'sslmode=disable'])
        assert.match(con(`db.xxxx.supabase.co:5432/postgres?${resto}`) ?? '', /sslmode/);
    });

    test('dentro de la propia red, como en compose.yaml, no se pide nada', () => {
      for (const servidor of [
        'postgres:5432/nora',
        'localhost/nora',
        '127.0.0.1:5432/nora',
        '10.1.2.3/nora',
        '172.31.0.9/nora',
        '192.168.1.5:6000/nora',
        '100.100.1.1/nora',
        '[::1]:5432/nora',
        '[fd00::7]/nora',
        'DB.Nora.Internal/nora',
        'db.nora.svc.cluster.local/nora',
        '%2Fvar%2Frun%2Fpostgresql/nora',
      ])
        assert.ok(con(servidor, produccion), servidor);
      assert.ok(leer({ ...supabase, DATABASE_URL: 'postgresql:///nora?host=/var/run/postgresql' }).base);
    });
  });

  test('con un Twilio de prueba basta la dirección local', () => {
    const twilio = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'x' };
    assert.equal(
      leer({ ...twilio, TWILIO_API_URL: 'http://127.0.0.1:9' }).urlPublica,
      'http://localhost:3000',
    );
    assert.equal(leer({ ...twilio, URL_PUBLICA: 'https://nora.mx' }).urlPublica, 'https://nora.mx');
  });

  test('en produccion se exigen secretos, https y una base', () => {
    const c = leer(produccion);
    assert.equal(c.host, '0.0.0.0');
    assert.equal(c.demo, false);
    for (const falta of ['SECRETO_SESION', 'CLAVE_CIFRADO', 'URL_PUBLICA', 'SUPABASE_URL'] as const)
      assert.throws(() => leer({ ...produccion, [falta]: '' }), new RegExp(falta));
    assert.throws(() => leer({ ...produccion, URL_PUBLICA: 'http://nora.mx' }), /URL_PUBLICA.*https/);
    assert.throws(
      () =>
        leerConfig({
          ENTORNO: 'produccion',
          SECRETO_SESION: 'a'.repeat(32),
          CLAVE_CIFRADO: '0'.repeat(64),
          URL_PUBLICA: 'https://x.mx',
        }),
      /SUPABASE_URL o POSTGREST_URL/,
    );
  });

  test('.env.example trae todas las variables que se leen y ninguna que no', () => {
    const texto = readFileSync(join(RAIZ, '.env.example'), 'utf8');
    const [nuestras = '', compose = ''] = texto.split('Sólo para compose.yaml');
    const nombres = (t: string) => [...t.matchAll(/^# ?([A-Z][A-Z0-9_]+)=/gm)].map((m) => m[1] ?? '');
    assert.deepEqual(nombres(nuestras).toSorted(), variablesConocidas().toSorted());
    const deCompose = readFileSync(join(RAIZ, 'compose.yaml'), 'utf8');
    for (const n of nombres(compose)) assert.ok(deCompose.includes(`\${${n}`), n);
  });

  test('corrida desde cualquier carpeta usa la del proyecto, o la que diga NORA_CARPETA', () => {
    const codigo = `import { cargarConfig } from ${JSON.stringify(join(RAIZ, 'src/config.ts'))};
      const c = cargarConfig();
      console.log(JSON.stringify([c.datosDir, c.respaldos.dir]));`;
    // En producción no se inventan secretos: leer la configuración no escribe nada en el proyecto.
    const desde = (cwd: string, extra: Record<string, string> = {}) =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', codigo], {
          cwd,
          env: { ...produccion, DATOS_DIR: 'datos_x', RESPALDOS_DIR: 'copias_x', ...extra },
          encoding: 'utf8',
        }),
      ) as string[];
    assert.deepEqual(desde(carpeta), [join(RAIZ, 'datos_x'), join(RAIZ, 'copias_x')]);
    assert.deepEqual(desde(RAIZ, { NORA_CARPETA: carpeta }), [
      join(carpeta, 'datos_x'),
      join(carpeta, 'copias_x'),
    ]);
  });

  test('gana el entorno real, luego .env.local, luego .env', () => {
    writeFileSync(join(carpeta, '.env'), 'PORT=1\nESPERA_RAFAGA_MS=1\nARRIENDO_MS=1111\n');
    writeFileSync(join(carpeta, '.env.local'), 'PORT=2\nESPERA_RAFAGA_MS=2\n');
    const codigo = `import { cargarConfig } from ${JSON.stringify(join(RAIZ, 'src/config.ts'))};
      const c = cargarConfig(process.argv[1]);
      console.log(JSON.stringify([c.puerto, c.mensajes.esperaRafagaMs, c.mensajes.arriendoMs]));`;
    const salida = execFileSync(process.execPath, ['--input-type=module', '-e', codigo, '--', carpeta], {
      env: { PATH: process.env['PATH'], PORT: '3', DATOS_DIR: carpeta },
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(salida), [3, 2, 1111]);
  });
});
