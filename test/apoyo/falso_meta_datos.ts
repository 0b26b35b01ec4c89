/** El mundo del falso Graph: cuentas con su estructura y lo que gastó cada anuncio cada día. */

export interface ObjetoFalso {
  id: string;
  name: string;
  status: string;
  effective_status: string;
  objective?: string;
  daily_budget?: string;
  lifetime_budget?: string;
  stop_time?: string;
  end_time?: string;
  campaign_id?: string;
  adset_id?: string;
  creative?: { id: string; thumbnail_url: string };
}

export interface RenglonFalso {
  dia: string;
  anuncio: string;
  plataforma: 'facebook' | 'instagram';
  gasto: number;
  impresiones: number;
  clics: number;
  conversaciones: number;
}

export interface CuentaFalsa {
  id: string;
  name: string;
  currency: string;
  timezone_name: string;
  account_status: number;
  campanas: ObjetoFalso[];
  conjuntos: ObjetoFalso[];
  anuncios: ObjetoFalso[];
  renglones: RenglonFalso[];
}

/** Una cuenta con `anuncios` anuncios (5 por conjunto, 2 conjuntos por campaña) y renglones en cada día dado. */
export function cuentaFalsa(o: {
  act: string;
  nombre?: string;
  moneda?: string;
  zona?: string;
  anuncios?: number;
  dias?: readonly string[];
  azar?: () => number;
  miniaturas?: string;
}): CuentaFalsa {
  const azar = o.azar ?? Math.random;
  const c: CuentaFalsa = {
    id: o.act,
    name: o.nombre ?? `Cuenta ${o.act}`,
    currency: o.moneda ?? 'MXN',
    timezone_name: o.zona ?? 'America/Hermosillo',
    account_status: 1,
    campanas: [],
    conjuntos: [],
    anuncios: [],
    renglones: [],
  };
  const raiz = o.act.replace('act_', '');
  for (let i = 0; i < (o.anuncios ?? 4); i++) {
    const campana = `${raiz}1${Math.floor(i / 10)}`;
    const conjunto = `${raiz}2${Math.floor(i / 5)}`;
    if (i % 10 === 0)
      c.campanas.push({
        id: campana,
        name: `Campaña ${Math.floor(i / 10) + 1}`,
        objective: 'OUTCOME_ENGAGEMENT',
        status: 'ACTIVE',
        effective_status: 'ACTIVE',
      });
    if (i % 5 === 0)
      c.conjuntos.push({
        id: conjunto,
        campaign_id: campana,
        name: `Conjunto ${Math.floor(i / 5) + 1}`,
        status: 'ACTIVE',
        effective_status: 'ACTIVE',
        daily_budget: '20000',
      });
    c.anuncios.push({
      id: `${raiz}3${i}`,
      adset_id: conjunto,
      campaign_id: campana,
      name: `Anuncio ${i + 1}`,
      status: 'ACTIVE',
      effective_status: 'ACTIVE',
      ...(o.miniaturas && {
        creative: { id: `${raiz}4${i}`, thumbnail_url: `${o.miniaturas}/${raiz}3${i}.png` },
      }),
    });
  }
  for (const dia of o.dias ?? [])
    for (const a of c.anuncios)
      for (const plataforma of ['facebook', 'instagram'] as const) {
        const impresiones = 100 + Math.floor(azar() * 900);
        c.renglones.push({
          dia,
          anuncio: a.id,
          plataforma,
          gasto: Math.round(azar() * 5000) / 100,
          impresiones,
          clics: Math.floor(impresiones * 0.03),
          conversaciones: Math.floor(azar() * 5),
        });
      }
  return c;
}

/** Un renglón como lo escribe Meta: números en texto y el mismo hecho contado en varias acciones. */
export function insightDe(c: CuentaFalsa, r: RenglonFalso): Record<string, unknown> {
  const anuncio = buscarEn(c.anuncios, r.anuncio);
  const conjunto = buscarEn(c.conjuntos, anuncio?.adset_id);
  const campana = buscarEn(c.campanas, anuncio?.campaign_id);
  const n = String(r.conversaciones);
  return {
    ad_id: r.anuncio,
    ad_name: anuncio?.name ?? 'Borrado',
    adset_id: anuncio?.adset_id ?? '999002',
    adset_name: conjunto?.name ?? 'Conjunto borrado',
    campaign_id: anuncio?.campaign_id ?? '999001',
    campaign_name: campana?.name ?? 'Campaña borrada',
    date_start: r.dia,
    date_stop: r.dia,
    publisher_platform: r.plataforma,
    spend: r.gasto.toFixed(2),
    impressions: String(r.impresiones),
    clicks: String(r.clics),
    ...(r.conversaciones > 0 && {
      actions: [
        { action_type: 'link_click', value: String(r.clics) },
        { action_type: 'onsite_conversion.total_messaging_connection', value: n },
        { action_type: 'onsite_conversion.messaging_first_reply', value: n },
        { action_type: 'onsite_conversion.messaging_conversation_started_7d', value: n },
        { action_type: 'onsite_conversion.messaging_user_depth_2_message_send', value: n },
        { action_type: 'page_engagement', value: String(r.clics * 2) },
      ],
    }),
  };
}

const indices = new WeakMap<ObjetoFalso[], Map<string, ObjetoFalso>>();

/** Por número y no recorriendo: con diez mil anuncios el falso tardaría más que lo que se prueba. */
function buscarEn(lista: ObjetoFalso[], id: string | undefined): ObjetoFalso | undefined {
  let indice = indices.get(lista);
  if (indice?.size !== lista.length) indices.set(lista, (indice = new Map(lista.map((o) => [o.id, o]))));
  return id === undefined ? undefined : indice.get(id);
}
