import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as esperar } from 'node:timers/promises';
import { type CuentaFalsa, insightDe, type ObjetoFalso } from './falso_meta_datos.ts';

export interface TokenFalso {
  tipo: 'USER' | 'SYSTEM_USER';
  valido: boolean;
  /** Segundos; 0 = no vence. */
  vence: number;
  /** Cuándo se cierra el acceso a los datos, en segundos; 0 = nunca. */
  acceso: number;
  permisos: string[];
  cuentas: string[];
}

/** Qué hacer con las próximas peticiones que le toquen, en vez de lo normal. */
export interface ReglaMeta {
  si: (metodo: string, ruta: string) => boolean;
  veces?: number;
  error?: { http: number; code: number; error_subcode?: number; message?: string; is_transient?: boolean };
  html?: number;
  cortar?: boolean;
  /** Hace lo pedido y luego corta: nadie sabe si quedó. */
  hacerYCortar?: boolean;
  cabeceras?: Record<string, string>;
  tardarMs?: number;
  alVerla?: () => void;
}

export interface FalsoMeta {
  url: string;
  app: { id: string; secreto: string };
  cuentas: Map<string, CuentaFalsa>;
  tokens: Map<string, TokenFalso>;
  paginas: { id: string; name: string }[];
  peticiones: { metodo: string; ruta: string; params: Record<string, string> }[];
  /** Tope de anuncio-días por consulta directa; por encima, «reduce the amount of data». */
  maximoCeldas: number;
  /** Tope de renglones por página de los listados y de los informes hechos; por encima, lo mismo. */
  maximoPagina: number;
  /** Tope de días de una ventana de alcance; por encima, lo mismo. */
  maximoDiasAlcance: number;
  /** Cómo lo dice: las más de las veces con HTTP 500, código 1 y nada más. */
  demasiado: 'codigo_1' | 'subcodigo';
  /** Llamadas que admite cada cuenta antes de 17/2446079; las cabeceras dicen el porcentaje. */
  cupo: number;
  /** La página siguiente es siempre la misma. */
  repetirPagina: boolean;
  nuevoToken(t?: Partial<TokenFalso>): string;
  programar(r: ReglaMeta): void;
  /** Empieza otra hora: el cupo gastado vuelve a cero. */
  otraHora(): void;
  cerrar(): Promise<void>;
}

const VERSION = 'v24.0';
const CAMPOS: Record<string, string[]> = {
  cuenta: ['id', 'account_id', 'name', 'currency', 'timezone_name', 'account_status'],
  pagina: ['id', 'name'],
  campaigns: [
    'id',
    'name',
    'objective',
    'status',
    'effective_status',
    'daily_budget',
    'lifetime_budget',
    'stop_time',
  ],
  adsets: [
    'id',
    'name',
    'campaign_id',
    'status',
    'effective_status',
    'daily_budget',
    'lifetime_budget',
    'end_time',
  ],
  ads: ['id', 'name', 'adset_id', 'campaign_id', 'status', 'effective_status', 'creative{thumbnail_url}'],
  insights: [
    'ad_id',
    'ad_name',
    'adset_id',
    'adset_name',
    'campaign_id',
    'campaign_name',
    'spend',
    'impressions',
    'clicks',
    'actions',
    'reach',
  ],
  corrida: ['async_status', 'async_percent_completion'],
};
const ESTADOS = new Set([
  'ACTIVE',
  'PAUSED',
  'DELETED',
  'ARCHIVED',
  'PENDING_REVIEW',
  'DISAPPROVED',
  'PREAPPROVED',
  'PENDING_BILLING_INFO',
  'CAMPAIGN_PAUSED',
  'ADSET_PAUSED',
  'IN_PROCESS',
  'WITH_ISSUES',
]);
const MESES_37 = 37 * 31 * 86_400_000;
const MINIMO_CENTAVOS = 1000;
const PERMITIDOS = ['ads_read', 'ads_management', 'business_management', 'pages_show_list'];
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

class Falla extends Error {
  readonly http: number;
  readonly cuerpo: Record<string, unknown>;
  constructor(http: number, code: number, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.http = http;
    this.cuerpo = {
      message,
      type: code === 190 ? 'OAuthException' : 'GraphMethodException',
      code,
      fbtrace_id: 'Afalso',
      ...extra,
    };
  }
}

/** Un HTTP en 127.0.0.1 que contesta como la Graph API v24 y rechaza lo que ella no documenta. */
export async function crearFalsoMeta(): Promise<FalsoMeta> {
  const reglas: (ReglaMeta & { quedan: number })[] = [];
  const codigos = new Map<string, { redirect: string; reto: string; token: string }>();
  const corridas = new Map<string, { act: string; params: Record<string, string>; preguntas: number }>();
  const gastado = new Map<string, number>();

  const falso: FalsoMeta = {
    url: '',
    app: { id: '1234567890', secreto: randomBytes(16).toString('hex') },
    cuentas: new Map(),
    tokens: new Map(),
    paginas: [{ id: '555', name: 'Aura Estudio' }],
    peticiones: [],
    maximoCeldas: Infinity,
    maximoPagina: Infinity,
    maximoDiasAlcance: Infinity,
    demasiado: 'codigo_1',
    cupo: Infinity,
    repetirPagina: false,
    nuevoToken(t = {}) {
      const token = `EAA${randomBytes(30).toString('hex')}`;
      falso.tokens.set(token, {
        tipo: 'SYSTEM_USER',
        valido: true,
        vence: 0,
        acceso: 0,
        permisos: ['ads_read', 'ads_management'],
        cuentas: [...falso.cuentas.keys()],
        ...t,
      });
      return token;
    },
    programar: (r) => void reglas.push({ ...r, quedan: r.veces ?? 1 }),
    otraHora: () => gastado.clear(),
    cerrar: () =>
      new Promise((listo) => {
        servidor.closeAllConnections();
        servidor.close(() => listo());
      }),
  };

  const servidor = createServer((req, res) => void atender(req, res));
  await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
  falso.url = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}`;
  return falso;

  async function atender(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', falso.url);
    const metodo = req.method ?? 'GET';
    if (url.pathname.startsWith('/miniaturas/'))
      return void res.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
    const params: Record<string, string> = Object.fromEntries(url.searchParams);
    const cuerpo = await leerCuerpo(req);
    falso.peticiones.push({ metodo, ruta: url.pathname, params: { ...params, ...textos(cuerpo) } });
    const regla = reglas.find((r) => r.quedan > 0 && r.si(metodo, url.pathname));
    if (regla) regla.quedan--;
    regla?.alVerla?.();
    if (regla?.tardarMs) await esperar(regla.tardarMs);
    if (regla?.cortar) return void req.socket.destroy();
    if (regla?.html)
      return void res.writeHead(regla.html, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    const cabeceras: Record<string, string> = { 'content-type': 'application/json', ...regla?.cabeceras };
    try {
      if (regla?.error) {
        const { http, code, message = 'falla programada', ...extra } = regla.error;
        throw new Falla(http, code, message, extra);
      }
      const r = contestar(metodo, url, params, cuerpo, cabeceras);
      if (regla?.hacerYCortar) return void req.socket.destroy();
      if (typeof r === 'string') return void res.writeHead(302, { location: r }).end();
      res.writeHead(200, cabeceras).end(JSON.stringify(r));
    } catch (error) {
      if (!(error instanceof Falla)) {
        res
          .writeHead(500, cabeceras)
          .end(JSON.stringify({ error: { message: String(error), code: 1, type: 'OAuthException' } }));
        return;
      }
      res.writeHead(error.http, cabeceras).end(JSON.stringify({ error: error.cuerpo }));
    }
  }

  function contestar(
    metodo: string,
    url: URL,
    params: Record<string, string>,
    cuerpo: Record<string, unknown>,
    cabeceras: Record<string, string>,
  ): unknown {
    const [, version, ...ruta] = url.pathname.split('/');
    if (version !== VERSION) throw new Falla(400, 2635, `You are calling a deprecated version: ${version}`);
    const camino = ruta.join('/');
    if (camino === 'dialog/oauth') return dialogo(params);
    if (camino === 'oauth/access_token') return canje(params);
    if (camino === 'debug_token') return revision(params);
    const token = falso.tokens.get(params['access_token'] ?? '');
    if (!token) throw new Falla(400, 190, 'Invalid OAuth access token.', { error_subcode: 463 });
    if (!token.valido || (token.vence > 0 && token.vence * 1000 < Date.now()))
      throw new Falla(400, 190, 'Error validating access token: Session has expired', { error_subcode: 463 });
    const [id = '', arista] = ruta;
    if (id === 'me') {
      solo(params, ['access_token', 'fields', 'limit', 'after']);
      if (arista === 'adaccounts')
        return listar(
          url,
          params,
          token.cuentas.map((a) => deCuenta(falso.cuentas.get(a))),
          'cuenta',
        );
      if (arista === 'accounts') {
        if (!token.permisos.includes('pages_show_list'))
          throw new Falla(403, 200, '(#200) Requires pages_show_list permission');
        return listar(url, params, falso.paginas, 'pagina');
      }
      throw new Falla(400, 100, 'Unsupported get request.', { error_subcode: 33 });
    }
    const corrida = corridas.get(id);
    const c = corrida ? falso.cuentas.get(corrida.act) : buscarCuenta(id);
    if (!c || !token.cuentas.includes(c.id))
      throw c
        ? new Falla(403, 200, `(#200) Ad account owner has NOT grant ads_management or ads_read permission`)
        : new Falla(
            400,
            100,
            `Unsupported ${metodo.toLowerCase()} request. Object with ID '${id}' does not exist`,
            { error_subcode: 33 },
          );
    gastar(c.id, cabeceras);
    if (corrida)
      return arista === 'insights'
        ? insights(url, c, { ...corrida.params, ...soloPagina(params) }, true)
        : avance(params, corrida);
    if (id === c.id) {
      if (!arista) return unCampos(params, deCuenta(c), 'cuenta');
      if (arista === 'campaigns') return listarAlgo(url, params, c.campanas, 'campaigns');
      if (arista === 'adsets') return listarAlgo(url, params, c.conjuntos, 'adsets');
      if (arista === 'ads') return listarAlgo(url, params, c.anuncios, 'ads');
      if (arista === 'insights' && metodo === 'GET') return insights(url, c, params, false);
      if (arista === 'insights') {
        const pedido = { ...textos(cuerpo), access_token: params['access_token'] ?? '' };
        revisarInsights(pedido);
        const run = `77${randomBytes(6).readUIntBE(0, 6)}`;
        corridas.set(run, { act: c.id, params: pedido, preguntas: 0 });
        return { report_run_id: run };
      }
      throw new Falla(400, 100, `Unknown path components: /${arista}`);
    }
    const [objeto, tipo] = buscarObjeto(c, id);
    if (metodo === 'GET') return unCampos(params, objeto as unknown as Record<string, unknown>, tipo);
    if (!token.permisos.includes('ads_management'))
      throw new Falla(403, 200, '(#200) Requires ads_management permission');
    return cambiar(c, objeto, tipo, cuerpo);
  }

  function dialogo(p: Record<string, string>): string {
    solo(p, [
      'client_id',
      'redirect_uri',
      'state',
      'response_type',
      'scope',
      'config_id',
      'override_default_response_type',
      'code_challenge',
      'code_challenge_method',
    ]);
    if (p['client_id'] !== falso.app.id) throw new Falla(400, 101, 'Invalid App ID');
    if (
      p['response_type'] !== 'code' ||
      !p['state'] ||
      p['code_challenge_method'] !== 'S256' ||
      !p['code_challenge']
    )
      throw new Falla(400, 100, 'Invalid parameter');
    const deEmpresa = p['config_id'] !== undefined;
    if (
      deEmpresa === (p['scope'] !== undefined) ||
      (deEmpresa && p['override_default_response_type'] !== 'true')
    )
      throw new Falla(400, 100, 'Invalid parameter');
    const codigo = randomBytes(20).toString('hex');
    // Con configuración sale un permiso de sistema que no vence; sin ella, uno de persona que dura un rato.
    const token = falso.nuevoToken(
      deEmpresa
        ? { permisos: PERMITIDOS }
        : {
            tipo: 'USER',
            vence: Math.floor(Date.now() / 1000) + 5000,
            permisos: (p['scope'] ?? '').split(',').filter((x) => PERMITIDOS.includes(x)),
          },
    );
    codigos.set(codigo, { redirect: p['redirect_uri'] ?? '', reto: p['code_challenge'], token });
    const destino = new URL(p['redirect_uri'] ?? '');
    destino.searchParams.set('code', codigo);
    destino.searchParams.set('state', p['state']);
    return `${destino}#_=_`;
  }

  function canje(p: Record<string, string>): unknown {
    solo(p, [
      'access_token',
      'client_id',
      'client_secret',
      'code',
      'redirect_uri',
      'code_verifier',
      'grant_type',
      'fb_exchange_token',
    ]);
    if (p['client_id'] !== falso.app.id || p['client_secret'] !== falso.app.secreto)
      throw new Falla(400, 1, 'Error validating client secret.');
    if (p['grant_type'] === 'fb_exchange_token') {
      const viejo = falso.tokens.get(p['fb_exchange_token'] ?? '');
      if (viejo?.tipo === 'SYSTEM_USER') throw new Falla(400, 100, 'Cannot exchange a system user token');
      if (!viejo?.valido) throw new Falla(400, 190, 'Error validating access token', { error_subcode: 463 });
      const segundos = 60 * 86_400;
      return {
        access_token: falso.nuevoToken({ ...viejo, vence: Math.floor(Date.now() / 1000) + segundos }),
        token_type: 'bearer',
        expires_in: segundos,
      };
    }
    const dado = codigos.get(p['code'] ?? '');
    codigos.delete(p['code'] ?? '');
    if (!dado) throw new Falla(400, 100, 'This authorization code has been used.', { error_subcode: 36009 });
    if (dado.redirect !== p['redirect_uri'])
      throw new Falla(
        400,
        100,
        'Error validating verification code. Please make sure your redirect_uri is identical',
        { error_subcode: 36008 },
      );
    if (
      createHash('sha256')
        .update(p['code_verifier'] ?? '')
        .digest('base64url') !== dado.reto
    )
      throw new Falla(400, 100, 'Invalid code_verifier parameter');
    const sistema = falso.tokens.get(dado.token)?.tipo === 'SYSTEM_USER';
    return { access_token: dado.token, token_type: 'bearer', ...(!sistema && { expires_in: 5000 }) };
  }

  function revision(p: Record<string, string>): unknown {
    solo(p, ['access_token', 'input_token', 'fields']);
    const deApp = p['access_token'] === `${falso.app.id}|${falso.app.secreto}`;
    if (!deApp && !falso.tokens.get(p['access_token'] ?? '')?.valido)
      throw new Falla(400, 190, 'Invalid OAuth access token.');
    if (p['input_token'] === `${falso.app.id}|${falso.app.secreto}`)
      return { data: { app_id: falso.app.id, type: 'APP', is_valid: true, scopes: [] } };
    const t = falso.tokens.get(p['input_token'] ?? '');
    if (!t)
      return {
        data: { is_valid: false, scopes: [], error: { code: 190, message: 'Invalid OAuth access token.' } },
      };
    const vivo = t.valido && (t.vence === 0 || t.vence * 1000 > Date.now());
    return {
      data: {
        app_id: falso.app.id,
        type: t.tipo,
        is_valid: vivo,
        expires_at: t.vence,
        data_access_expires_at: t.acceso,
        scopes: t.permisos,
        ...(!vivo && { error: { code: 190, message: 'expired' } }),
      },
    };
  }

  function gastar(act: string, cabeceras: Record<string, string>): void {
    const n = (gastado.get(act) ?? 0) + 1;
    gastado.set(act, n);
    if (falso.cupo === Infinity) return;
    const pct = Math.min(100, Math.floor((n / falso.cupo) * 100));
    const minutos = n >= falso.cupo ? 7 : 0;
    cabeceras['x-business-use-case-usage'] = JSON.stringify({
      [act.replace('act_', '')]: [
        {
          type: 'ads_insights',
          call_count: pct,
          total_cputime: 1,
          total_time: 1,
          estimated_time_to_regain_access: minutos,
          ads_api_access_tier: 'standard_access',
        },
      ],
    });
    if (n > falso.cupo)
      throw new Falla(400, 17, '(#17) User request limit reached', { error_subcode: 2446079 });
  }

  function avance(params: Record<string, string>, corrida: { preguntas: number }): unknown {
    corrida.preguntas++;
    const hecho = corrida.preguntas >= 2;
    return unCampos(
      params,
      {
        id: 'x',
        async_status: hecho ? 'Job Completed' : 'Job Running',
        async_percent_completion: hecho ? 100 : 40,
      },
      'corrida',
    );
  }

  function revisarInsights(p: Record<string, string>): { desde: string; hasta: string }[] {
    solo(p, [
      'access_token',
      'fields',
      'level',
      'time_range',
      'time_ranges',
      'time_increment',
      'breakdowns',
      'filtering',
      'limit',
      'after',
    ]);
    if (!['ad', 'account'].includes(p['level'] ?? ''))
      throw new Falla(
        400,
        100,
        '(#100) level must be one of the following values: ad, adset, campaign, account',
      );
    exigirCampos(p['fields'], 'insights');
    const rangos = (
      p['time_ranges'] ? JSON.parse(p['time_ranges']) : [JSON.parse(p['time_range'] ?? 'null')]
    ) as { since?: string; until?: string }[];
    return rangos.map((r) => {
      const { since, until } = r ?? {};
      if (
        !since ||
        !until ||
        Object.keys(r).length !== 2 ||
        since > until ||
        !/^\d{4}-\d{2}-\d{2}$/.test(since)
      )
        throw new Falla(400, 100, '(#100) Must be a valid time_range');
      if (Date.now() - Date.parse(since) > MESES_37)
        throw new Falla(
          400,
          3018,
          '(#3018) The start date of the time range cannot be beyond 37 months from the current date',
        );
      return { desde: since, hasta: until };
    });
  }

  function insights(url: URL, c: CuentaFalsa, p: Record<string, string>, deInforme: boolean): unknown {
    const rangos = revisarInsights(p);
    const [rango] = rangos;
    if (!rango) throw new Falla(400, 100, 'time_range');
    const enRango = c.renglones.filter((r) => r.dia >= rango.desde && r.dia <= rango.hasta);
    if (p['level'] === 'account') {
      const largo = (v: { desde: string; hasta: string }) =>
        (Date.parse(v.hasta) - Date.parse(v.desde)) / 86_400_000 + 1;
      if (p['time_ranges'] && rangos.some((v) => largo(v) > falso.maximoDiasAlcance)) throw demasiado();
      if (p['time_ranges'])
        return listar(
          url,
          p,
          rangos.map((v) => ({ date_start: v.desde, date_stop: v.hasta, reach: String(alcanceDe(c, v)) })),
          null,
        );
      if (p['time_increment'] !== '1') throw new Falla(400, 100, '(#100) time_increment');
      const dias = new Map<string, number>();
      for (const r of enRango) dias.set(r.dia, (dias.get(r.dia) ?? 0) + Math.round(r.gasto * 100));
      return listar(
        url,
        p,
        [...dias].map(([dia, n]) => ({ date_start: dia, date_stop: dia, spend: (n / 100).toFixed(2) })),
        null,
      );
    }
    if (p['breakdowns'] !== '["publisher_platform"]' || p['time_increment'] !== '1')
      throw new Falla(400, 100, '(#100) breakdowns');
    const callados = noPedidos(c, p['filtering']);
    const dentro = enRango.filter((r) => !callados(r.anuncio));
    if (!deInforme && dentro.length > falso.maximoCeldas) throw demasiado();
    if (deInforme) exigirPagina(p);
    return listar(url, p, dentro, null, (r) => insightDe(c, r));
  }

  function demasiado(): Falla {
    const texto = "Please reduce the amount of data you're asking for, then retry your request";
    return falso.demasiado === 'codigo_1'
      ? new Falla(500, 1, texto)
      : new Falla(400, 100, texto, { error_subcode: 1487534 });
  }

  function exigirPagina(params: Record<string, string>): void {
    if (Number(params['limit'] ?? 25) > falso.maximoPagina) throw demasiado();
  }

  /** Los anuncios que no salen en el detalle: los borrados, mientras el filtro no nombre su estado. */
  function noPedidos(c: CuentaFalsa, filtro: string | undefined): (anuncio: string) => boolean {
    const [f, ...mas] = JSON.parse(filtro ?? '[null]') as ({
      field: string;
      operator: string;
      value: string[];
    } | null)[];
    if (mas.length > 0 || (f && (f.field !== 'ad.effective_status' || f.operator !== 'IN')))
      throw new Falla(400, 100, '(#100) filtering');
    if (f?.value.some((v) => !ESTADOS.has(v)))
      throw new Falla(400, 100, '(#100) ad.effective_status must be one of the documented values');
    const pedidos = f ? new Set(f.value) : ESTADOS.difference(new Set(['DELETED']));
    const estados = new Map(
      c.anuncios.map((a) => [a.id, a.status === 'DELETED' ? a.status : a.effective_status]),
    );
    return (anuncio) => !pedidos.has(estados.get(anuncio) ?? 'DELETED');
  }

  function listarAlgo(
    url: URL,
    params: Record<string, string>,
    objetos: ObjetoFalso[],
    tipo: string,
  ): unknown {
    solo(params, ['access_token', 'fields', 'limit', 'after']);
    exigirPagina(params);
    const vivos = objetos.filter((o) => !['DELETED', 'ARCHIVED'].includes(o.status));
    return listar(url, params, vivos as unknown as Record<string, unknown>[], tipo);
  }

  function listar<T extends object>(
    url: URL,
    params: Record<string, string>,
    filas: T[],
    tipo: string | null,
    forma: (f: T) => object = (f) => f,
  ): unknown {
    if (tipo) exigirCampos(params['fields'], tipo);
    const limite = Number(params['limit'] ?? 25);
    if (!Number.isInteger(limite) || limite < 1 || limite > 5000) throw new Falla(400, 100, '(#100) limit');
    const desde = params['after'] ? Number(Buffer.from(params['after'], 'base64').toString()) : 0;
    const pagina = filas
      .slice(desde, desde + limite)
      .map((f) => (tipo ? escoger(forma(f), params['fields'] ?? '') : forma(f)));
    const queda = desde + limite < filas.length || falso.repetirPagina;
    const after = Buffer.from(String(falso.repetirPagina ? desde : desde + limite)).toString('base64');
    const siguiente = new URL(url.pathname, falso.url);
    for (const [k, v] of Object.entries(params)) siguiente.searchParams.set(k, v);
    siguiente.searchParams.set('after', after);
    return {
      data: pagina,
      ...(pagina.length > 0 && {
        paging: { cursors: { before: 'MA==', after }, ...(queda && { next: siguiente.toString() }) },
      }),
    };
  }

  function cambiar(c: CuentaFalsa, o: ObjetoFalso, tipo: string, cuerpo: Record<string, unknown>): unknown {
    const admitidos =
      tipo === 'ads'
        ? ['status']
        : tipo === 'adsets'
          ? ['status', 'daily_budget', 'lifetime_budget', 'end_time']
          : ['status', 'daily_budget', 'lifetime_budget'];
    for (const k of Object.keys(cuerpo))
      if (!admitidos.includes(k)) throw new Falla(400, 100, `(#100) Param ${k} is not supported`);
    if (Object.keys(cuerpo).length === 0) throw new Falla(400, 100, '(#100) Invalid parameter');
    if (cuerpo['status'] !== undefined) {
      if (!['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED'].includes(cuerpo['status'] as string))
        throw new Falla(400, 100, '(#100) Param status');
      o.status = o.effective_status = cuerpo['status'] as string;
      if (tipo === 'campaigns')
        for (const s of c.conjuntos.filter((x) => x.campaign_id === o.id && x.status === 'ACTIVE'))
          s.effective_status = o.status === 'PAUSED' ? 'CAMPAIGN_PAUSED' : 'ACTIVE';
    }
    for (const k of ['daily_budget', 'lifetime_budget'] as const) {
      const v = cuerpo[k];
      if (v === undefined) continue;
      if (!Number.isInteger(v)) throw new Falla(400, 100, `(#100) Param ${k} must be an integer`);
      if ((v as number) < MINIMO_CENTAVOS)
        throw new Falla(400, 100, 'Invalid parameter', {
          error_subcode: 1885272,
          error_user_title: 'Presupuesto muy bajo',
          error_user_msg: 'El presupuesto es demasiado bajo: el mínimo es $10.00.',
        });
      o[k] = String(v as number);
    }
    if (cuerpo['end_time'] !== undefined) {
      if (cuerpo['end_time'] === 0) delete o.end_time;
      else if (typeof cuerpo['end_time'] === 'string' && !Number.isNaN(Date.parse(cuerpo['end_time'])))
        o.end_time = cuerpo['end_time'];
      else throw new Falla(400, 100, '(#100) Param end_time must be a valid time');
    }
    return { success: true };
  }

  function buscarCuenta(id: string): CuentaFalsa | undefined {
    return (
      falso.cuentas.get(id) ??
      [...falso.cuentas.values()].find((c) =>
        [...c.campanas, ...c.conjuntos, ...c.anuncios].some((o) => o.id === id),
      )
    );
  }
}

/** Personas distintas de una ventana: menos que la suma de sus días, como de verdad. */
export function alcanceDe(c: CuentaFalsa, v: { desde: string; hasta: string }): number {
  const n = c.renglones
    .filter((r) => r.dia >= v.desde && r.dia <= v.hasta)
    .reduce((s, r) => s + r.impresiones, 0);
  return Math.floor(n * 0.6);
}

function buscarObjeto(c: CuentaFalsa, id: string): [ObjetoFalso, string] {
  for (const [lista, tipo] of [
    [c.campanas, 'campaigns'],
    [c.conjuntos, 'adsets'],
    [c.anuncios, 'ads'],
  ] as const) {
    const o = lista.find((x) => x.id === id);
    if (o) return [o, tipo];
  }
  throw new Falla(400, 100, 'Unsupported get request.', { error_subcode: 33 });
}

function deCuenta(c: CuentaFalsa | undefined): Record<string, unknown> {
  if (!c) throw new Falla(400, 100, 'Unsupported get request.', { error_subcode: 33 });
  const { id, name, currency, timezone_name, account_status } = c;
  return { id, account_id: id.replace('act_', ''), name, currency, timezone_name, account_status };
}

function unCampos(params: Record<string, string>, objeto: Record<string, unknown>, tipo: string): unknown {
  solo(params, ['access_token', 'fields']);
  exigirCampos(params['fields'], tipo);
  return { ...escoger(objeto, params['fields'] ?? ''), id: objeto['id'] };
}

function escoger(objeto: object, campos: string): object {
  const pedidos = campos.split(',').map((c) => c.replace(/\{.*/, ''));
  return Object.fromEntries(Object.entries(objeto).filter(([k]) => pedidos.includes(k)));
}

function exigirCampos(campos: string | undefined, tipo: string): void {
  for (const c of (campos ?? '').split(','))
    if (!CAMPOS[tipo]?.includes(c))
      throw new Falla(400, 100, `(#100) Tried accessing nonexisting field (${c})`);
}

function solo(p: Record<string, string>, admitidos: string[]): void {
  for (const k of Object.keys(p))
    if (!admitidos.includes(k)) throw new Falla(400, 100, `(#100) Unknown parameter: ${k}`);
}

function soloPagina(p: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(p).filter(([k]) => ['access_token', 'limit', 'after', 'fields'].includes(k)),
  );
}

function textos(cuerpo: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(cuerpo).map(([k, v]) => [k, typeof v === 'string' ? v : JSON.stringify(v)]),
  );
}

async function leerCuerpo(req: IncomingMessage): Promise<Record<string, unknown>> {
  const trozos: Buffer[] = [];
  for await (const t of req) trozos.push(t as Buffer);
  if (trozos.length === 0) return {};
  return JSON.parse(Buffer.concat(trozos).toString()) as Record<string, unknown>;
}
