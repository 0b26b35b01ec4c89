-- Igual que antes, con el idioma en que se le mandó a quien abre.
create or replace function public.ads_abrir_liga(p_huella text, p_entrega uuid) returns jsonb language plpgsql set search_path = '' as $$
declare r public.meta_ads_reportes; b public.configuracion_bot;
begin
  select * into r from public.meta_ads_reportes x where x.liga_huella = p_huella and x.liga_revocada is null and x.liga_vence > clock_timestamp() and x.estado in ('listo', 'por_aprobar');
  if not found then return null; end if;
  select * into b from public.configuracion_bot y where y.nombre_nora = r.nombre_nora and y.activo;
  if not found then return null; end if;
  if p_entrega is not null then
    update public.meta_ads_entregas set leido_en = clock_timestamp() where id = p_entrega and reporte_id = r.id and leido_en is null;
  end if;
  return jsonb_build_object('id', r.id, 'nombre_nora', r.nombre_nora, 'nora', b.nombre_visible, 'cadencia', r.cadencia, 'serie', r.serie, 'cifras', r.cifras, 'textos', r.textos,
    'idioma', (select e.idioma from public.meta_ads_entregas e where e.nombre_nora = r.nombre_nora and e.id = p_entrega and e.reporte_id = r.id),
    'receptor', (select e.receptor_id from public.meta_ads_entregas e join public.meta_ads_receptores c on c.nombre_nora = e.nombre_nora and c.id = e.receptor_id and c.baja_en is null where e.nombre_nora = r.nombre_nora and e.id = p_entrega and e.reporte_id = r.id));
end $$;
