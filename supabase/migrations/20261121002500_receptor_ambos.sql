-- Una dirección puede ser de los dos: el buzón o el teléfono que leen el cliente y su cliente final.
alter table public.meta_ads_receptores drop constraint meta_ads_receptores_quien_check;
alter table public.meta_ads_receptores add constraint meta_ads_receptores_quien_check check (quien in ('cliente', 'cliente_final', 'ambos', 'persona'));
